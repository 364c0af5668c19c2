// Another port of the same server: bytes go through as they come, so that the request still says which port it was sent to.
import { connect, createServer, type Server } from "node:net";

/** Listens on 127.0.0.1 until it is closed. @throws when the port is taken */
export function openSecondPort(port: number, serverPort: number): Promise<Server> {
  const server = createServer((client) => {
    const upstream = connect(serverPort, "127.0.0.1");
    client.on("error", () => upstream.destroy());
    upstream.on("error", () => client.destroy());
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
