package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.util.List;
import java.util.Optional;

/// What may be made of a picture before a ControlNet sees it; [#ALL] is an allow-list, so that no request
/// can run any other node.
///
/// @param name the name in requests
/// @param type the class that does it; its inputs, but for `image`, are the parameters a request may give
/// @param pack the node pack in which the class is found; empty when ComfyUI ships it
record Preprocessor(String name, NodeType type, Optional<String> pack) {
    static final List<Preprocessor> ALL = List.of(
            new Preprocessor("canny", NodeCatalog.core().type("Canny").orElseThrow(), Optional.empty()),
            auxiliary(
                    "depth",
                    resolution(auxiliary("DepthAnythingV2Preprocessor")
                            .choiceOr(
                                    "ckpt_name",
                                    "depth_anything_v2_vitl.pth",
                                    "depth_anything_v2_vitg.pth",
                                    "depth_anything_v2_vitl.pth",
                                    "depth_anything_v2_vitb.pth",
                                    "depth_anything_v2_vits.pth"))),
            auxiliary(
                    "openpose",
                    resolution(auxiliary("OpenposePreprocessor")
                                    .choiceOr("detect_hand", "enable", "enable", "disable")
                                    .choiceOr("detect_body", "enable", "enable", "disable")
                                    .choiceOr("detect_face", "enable", "enable", "disable"))
                            .choiceOr("scale_stick_for_xinsr_cn", "disable", "disable", "enable")),
            auxiliary(
                    "lineart",
                    resolution(auxiliary("LineArtPreprocessor").choiceOr("coarse", "disable", "disable", "enable"))),
            auxiliary(
                    "softedge",
                    resolution(auxiliary("HEDPreprocessor").choiceOr("safe", "enable", "enable", "disable"))),
            auxiliary("scribble", resolution(auxiliary("ScribblePreprocessor"))),
            auxiliary("normal", resolution(auxiliary("BAE-NormalMapPreprocessor"))),
            auxiliary("tile", resolution(auxiliary("TilePreprocessor").whole("pyrUp_iters", 3, 1, 10, 1))));

    private static Declaration auxiliary(String classType) {
        return node(classType, "ControlNet Preprocessors").wire("image", "IMAGE");
    }

    private static Declaration resolution(Declaration node) {
        return node.whole("resolution", 512, 64, 16384, 64);
    }

    private static Preprocessor auxiliary(String name, Declaration declaration) {
        return new Preprocessor(
                name,
                declaration.out("IMAGE").in(ComfyVersion.NEWEST).orElseThrow(),
                Optional.of("comfyui_controlnet_aux"));
    }

    static List<String> names() {
        return ALL.stream().map(Preprocessor::name).toList();
    }

    static Preprocessor named(String name) {
        return ALL.stream().filter(each -> each.name.equals(name)).findFirst().orElseThrow();
    }

    /// The node pack in which a class is found; empty for classes of no preprocessor, and for those ComfyUI
    /// ships.
    static Optional<String> packOf(String classType) {
        return ALL.stream()
                .filter(each -> each.type.name().equals(classType))
                .findFirst()
                .flatMap(Preprocessor::pack);
    }
}
