package dev.comfyrouter.cache;

import java.util.List;

/// All leases of one acquisition, in the order of its requests.
///
/// @param all never empty
public record Leases(List<Lease> all) implements AutoCloseable {

    public Leases {
        all = List.copyOf(all);
    }

    /// The lease of the request at this index.
    public Lease get(int index) {
        return all.get(index);
    }

    /// How many there are: as many as requests.
    public int size() {
        return all.size();
    }

    /// Closes every lease.
    @Override
    public void close() {
        all.forEach(Lease::close);
    }
}
