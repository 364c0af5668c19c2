// Another port of the same server: requests go on as they came, so that they still say which port they were sent to.
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { Duplex } from "node:stream";

/** Of one connection, not of the message (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = /^(?:connection|keep-alive|transfer-encoding)$/i;

/** Listens on 127.0.0.1 until it is closed. @throws Error when the port is taken */
export function openSecondPort(port: number, serverPort: number): Promise<Server> {
  const ask = (from: IncomingMessage) =>
    request({
      host: "127.0.0.1",
      port: serverPort,
      method: from.method ?? "GET",
      path: from.url ?? "/",
      // wrangler 4.156.2 takes whoever names no encoding for one that understands them all, and hands on what is compressed.
      headers: { "accept-encoding": "identity", ...from.headers },
    });

  const server = createServer((from, to) => {
    const asked = ask(from);
    asked.on("response", (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.statusMessage, headersOf(answer));
      answer.pipe(to);
      answer.on("error", () => to.destroy());
    });
    asked.on("error", () => to.destroy());
    to.on("close", () => asked.destroy());
    from.pipe(asked);
  });
  server.on("upgrade", (from: IncomingMessage, client: Duplex) => {
    const asked = ask(from);
    asked.on("upgrade", (answer, upstream) => {
      const lines = answer.rawHeaders.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`)).join("");
      client.write(`HTTP/1.1 101 ${answer.statusMessage}\r\n${lines}\r\n`);
      client.pipe(upstream).pipe(client);
      client.on("error", () => upstream.destroy());
      upstream.on("error", () => client.destroy());
    });
    asked.on("response", () => client.destroy());
    asked.on("error", () => client.destroy());
    asked.end();
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Names and values in turn, as they came: several cookies stay several. */
function headersOf({ rawHeaders }: IncomingMessage): string[] {
  return rawHeaders.filter((_, i) => !HOP_BY_HOP.test(rawHeaders[i - (i % 2)] as string));
}
