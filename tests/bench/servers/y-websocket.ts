import { setupWSConnection } from "@y/websocket-server/utils";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";

// As the package's own server.js, but for the port, which is a free one. YPERSISTENCE names the
// folder of y-leveldb.
const server = createServer();
const webSockets = new WebSocketServer({ noServer: true });
webSockets.on("connection", setupWSConnection);
server.on("upgrade", (request, socket, head) => {
  webSockets.handleUpgrade(request, socket, head, (webSocket) => {
    webSockets.emit("connection", webSocket, request);
  });
});
server.listen(0, "127.0.0.1", () => {
  console.log(`ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
