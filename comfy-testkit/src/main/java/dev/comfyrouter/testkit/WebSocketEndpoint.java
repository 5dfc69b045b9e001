package dev.comfyrouter.testkit;

/// The server's side of one WebSocket: told when it opens, what arrives, and that it ended.
interface WebSocketEndpoint {

    void opened(WebSocket socket);

    void received(WebSocket socket, String text);

    /// Called once, whatever ended the connection.
    void closed(WebSocket socket);
}
