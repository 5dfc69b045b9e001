package dev.comfyrouter.workflows;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The names of samplers and schedulers that requests may use.
public record SamplerLists(List<String> samplers, List<String> schedulers) {
    private static final SamplerLists CORE = of(List.of(NodeCatalog.core()));

    public SamplerLists {
        samplers = List.copyOf(samplers);
        schedulers = List.copyOf(schedulers);
    }

    /// Those of ComfyUI 0.33.0, for as long as no node is known.
    public static SamplerLists core() {
        return CORE;
    }

    /// Every name that at least one of these servers has; which of them can run a request is the question of
    /// [NodeCatalog#check(Workflow)]. The core lists when there is none.
    public static SamplerLists of(Collection<NodeCatalog> catalogs) {
        var samplers = new LinkedHashSet<String>();
        var schedulers = new LinkedHashSet<String>();
        for (var catalog : catalogs) {
            samplers.addAll(catalog.options("KSampler", "sampler_name"));
            schedulers.addAll(catalog.options("KSampler", "scheduler"));
        }
        return new SamplerLists(orCore(samplers, CoreLists.NEWER_SAMPLERS), orCore(schedulers, CoreLists.SCHEDULERS));
    }

    private static List<String> orCore(Set<String> names, List<String> core) {
        return names.isEmpty() ? core : List.copyOf(names);
    }
}
