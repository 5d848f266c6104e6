"""Run Kafka: one node in KRaft mode, a small heap, topics only where somebody makes them."""

import os
import signal
import socket
import struct
import subprocess
from dataclasses import dataclass

from tests.services.fetch import java_program, kafka_jars
from tests.services.service import Launch, Place, Unavailable

_SETTINGS = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{upstream},\
CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},PROXIED://127.0.0.1:{proxy}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
num.network.threads=2
num.io.threads=2
background.threads=2
offsets.topic.num.partitions=1
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# A killed broker may register again when its last session is over.
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=3000
"""
_LOGGING = """\
<Configuration status="warn" shutdownHook="disable">
  <Appenders>
    <Console name="out"><PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/></Console>
  </Appenders>
  <Loggers>
    <Logger name="org.apache.kafka.common.config.AbstractConfig" level="warn"/>
    <Logger name="org.apache.kafka.server.config" level="warn"/>
    <Logger name="kafka.server.KafkaConfig" level="warn"/>
    <Root level="info"><AppenderRef ref="out"/></Root>
  </Loggers>
</Configuration>
"""
# Quick to start and content with 256 MB: what is compiled lives for minutes at most.
_JAVA_OPTIONS = (
    "-Xms64m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Djava.net.preferIPv4Stack=true",
)
# Any will do; a fixed one lets the files of one life be read by the next.
_CLUSTER_ID = "QmFsbGFzdFRlc3RzMDAwMA"
_FORMAT_S = 60
_API_VERSIONS = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Kafka:
    """A Kafka node; clients come to it directly, or by a proxy that it advertises.

    Whoever bootstraps from `127.0.0.1:{proxy_port}`, where a test runs a proxy to
    `upstream_port`, is told that address again and so stays on the proxy.
    """

    place: Place

    name = "kafka"
    ports_needed = 4
    stop_signal = signal.SIGTERM

    @property
    def url(self) -> str:
        """Return the address that clients bootstrap from."""
        return f"127.0.0.1:{self.place.ports[0]}"

    @property
    def upstream_port(self) -> int:
        """Return the port that a proxy passes its connections to."""
        return self.place.ports[2]

    @property
    def proxy_port(self) -> int:
        """Return the port that a proxy listens on; nobody does until a test starts one."""
        return self.place.ports[3]

    def launch(self) -> Launch:
        """Write the settings, format the storage at the first time, and name the program."""
        java, jars = java_program(), kafka_jars()
        folder, (port, controller, upstream, proxy) = self.place.folder, self.place.ports
        folder.mkdir(parents=True, exist_ok=True)
        data = folder / "data"
        settings = folder / "server.properties"
        settings.write_text(
            _SETTINGS.format(
                port=port,
                controller=controller,
                upstream=upstream,
                proxy=proxy,
                # A backslash would be an escape.
                data=os.fspath(data).replace("\\", "\\\\"),
            )
        )
        logging = folder / "log4j2.xml"
        logging.write_text(_LOGGING)
        run = (
            str(java),
            *_JAVA_OPTIONS,
            f"-Dlog4j2.configurationFile={logging}",
            "-cp",
            f"{jars}/*",
        )
        if not (data / "meta.properties").exists():
            tool = (*run, "kafka.tools.StorageTool", "format", "--cluster-id", _CLUSTER_ID)
            _format((*tool, "--config", str(settings)))
        return Launch(command=(*run, "kafka.Kafka", str(settings)), folder=folder)

    def answers(self) -> bool:
        """Ask for the versions it speaks, the first thing that every client asks."""
        request = struct.pack(">hhih", _API_VERSIONS, 0, 1, -1)
        try:
            with socket.create_connection(("127.0.0.1", self.place.ports[0]), timeout=1.0) as line:
                line.sendall(struct.pack(">i", len(request)) + request)
                said = b""
                while len(said) < 10 and (part := line.recv(10 - len(said))):
                    said += part
        except OSError:
            return False
        # Its length, the number that we gave it, no error.
        return len(said) == 10 and said[4:] == struct.pack(">ih", 1, 0)


def _format(command: tuple[str, ...]) -> None:
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_FORMAT_S,
        check=False,
    )
    if done.returncode != 0:
        raise Unavailable(f"kafka: its storage cannot be formatted: {done.stdout[-1000:]}")
