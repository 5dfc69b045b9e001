package dev.comfyrouter.server.store;

import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.store.Writer.Change;
import dev.comfyrouter.server.task.NodeId;
import java.net.URI;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The nodes as rows: they survive a restart.
final class NodeRows {
    static final String COLUMNS = "id, url, name, labels, headers, draining, created";

    private NodeRows() {}

    static NodeSpec read(ResultSet row) throws SQLException {
        return new NodeSpec(
                new NodeId(row.getLong(1)),
                URI.create(row.getString(2)),
                row.getString(3),
                Columns.list(row.getString(4)),
                Columns.map(row.getString(5)),
                row.getBoolean(6),
                Instant.ofEpochMilli(row.getLong(7)));
    }

    /// The node at this address, made when there is none.
    static Change<NodeSpec> add(URI url, String name, List<String> labels, Map<String, String> headers, Instant at) {
        return tx -> {
            tx.update(
                    "INSERT INTO node (url, name, labels, headers, created) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    url.toString(),
                    name,
                    Columns.json(labels),
                    Columns.json(headers),
                    at.toEpochMilli());
            return tx.first("SELECT " + COLUMNS + " FROM node WHERE url = ?", NodeRows::read, url.toString())
                    .orElseThrow();
        };
    }

    static Change<Optional<NodeSpec>> update(NodeSpec node) {
        return tx -> tx.first(
                "UPDATE node SET name = ?, labels = ?, headers = ?, draining = ? WHERE id = ? RETURNING " + COLUMNS,
                NodeRows::read,
                node.name(),
                Columns.json(node.labels()),
                Columns.json(node.headers()),
                node.draining() ? 1 : 0,
                node.id().value());
    }

    /// Removes the node. What it may still run of ours is given up with it: nobody could reach it to remove that.
    static Change<Boolean> remove(NodeId node, Instant at) {
        return tx -> {
            tx.update(
                    "UPDATE attempt SET state = 'ENDED', ended = ? WHERE node = ? AND state = 'ABANDONED'",
                    at.toEpochMilli(),
                    node.value());
            return tx.update("DELETE FROM node WHERE id = ?", node.value()) == 1;
        };
    }
}
