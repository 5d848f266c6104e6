// What the vendored module exports, by the types of the packages it is made of.
import type { VNode } from "preact";
export { Component, Fragment, cloneElement, createContext, createRef, h, render, toChildArray } from "preact";
export type { ComponentChildren, ComponentType, RefObject, VNode } from "preact";
export { useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export type { ReadonlySignal, Signal } from "@preact/signals";
export function html(strings: TemplateStringsArray, ...values: unknown[]): VNode | VNode[];
