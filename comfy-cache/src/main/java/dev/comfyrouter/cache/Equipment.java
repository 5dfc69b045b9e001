package dev.comfyrouter.cache;

/// What every transfer of a cache works with.
record Equipment(
        CacheSettings settings,
        Traffic traffic,
        Outcomes outcomes,
        Http http,
        Disk disk,
        Blobs blobs,
        Evictor evictor,
        DiskRoom diskRoom,
        Counters counters,
        Refetches refetches,
        String bootId) {}
