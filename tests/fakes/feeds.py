"""A server of feeds on loopback, as sites publish them.

RSS 2.0: https://www.rssboard.org/rss-specification; RSS 1.0: https://web.resource.org/rss/1.0/spec;
Atom: RFC 4287; conditional requests and Retry-After: RFC 9110, 13.1 and 10.2.3.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

RSS = b"""<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Site</title>
<item><title>Apple profit rose</title><link>https://www.reuters.com/a</link>
<description>&lt;p&gt;Costs &lt;b&gt;fell&lt;/b&gt;.&lt;/p&gt;
&lt;script&gt;x()&lt;/script&gt;</description>
<dc:creator>A. Writer</dc:creator><pubDate>Mon, 02 Mar 2026 10:00:00 -0500</pubDate></item>
<item><title>Without a time</title><pubDate>some day</pubDate><link>javascript:x()</link></item>
<item><guid>1</guid></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Site</title><entry>
<title type="html">Shares &amp;amp; bonds fell</title>
<link rel="self" href="https://site.example/self"/><link href="https://site.example/b"/>
<author><name>B. Writer</name></author><updated>2026-03-02T15:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Losses <i>widened</i></div>
</content>
</entry></feed>"""
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel/>
<item><title>Dividend cut</title><link>http://site.example/c</link>
<dc:date>2026-03-02T15:00:00+00:00</dc:date></item></rdf:RDF>"""


@dataclass(slots=True)
class FeedSite:
    """What the site answers with, and what it was asked."""

    url: str = ""
    body: bytes = RSS
    status: str = "200 OK"
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request; one whose ETag is that of now gets no body."""
        request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        self.asked.append(request)
        status, body, tag = self.status, self.body, self.headers.get("ETag", "")
        if tag and f"if-none-match: {tag.lower()}" in request:
            status, body = "304 Not Modified", b""
        lines = [f"HTTP/1.1 {status}", "Connection: close", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def feed_site() -> AsyncIterator[FeedSite]:
    """Serve a site."""
    site = FeedSite()
    server = await asyncio.start_server(site.answer, "127.0.0.1", 0)
    site.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/feed"
    async with server:
        yield site
