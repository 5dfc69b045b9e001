package dev.comfyrouter.workflows;

import java.math.BigInteger;
import java.util.List;

/// A typed request for pictures: what to make, with which models. Immutable; it emits the graph that makes
/// them.
///
/// Parameters, ranges and defaults are those of [#schema(String)]. Two recipes are equal when their
/// parameters are, defaults included; whether a seed was given or drawn makes no difference.
public sealed interface Recipe permits Sd15, Sdxl, Flux {

    /// The names of the recipes: `SD15`, `SDXL`, `Flux`.
    static List<String> types() {
        return RecipeType.names();
    }

    /// Reads the parameters of a request; samplers and schedulers are those of [SamplerLists#core()].
    ///
    /// @param type one of [#types()]
    /// @throws InvalidWorkflow with every mistake and its pointer into the parameters
    static Recipe parse(String type, String paramsJson) throws InvalidWorkflow {
        return parse(type, paramsJson, SamplerLists.core());
    }

    /// Reads the parameters of a request. Base64 pictures are decoded and their headers are checked.
    ///
    /// @param type one of [#types()]
    /// @throws InvalidWorkflow with every mistake and its pointer into the parameters
    static Recipe parse(String type, String paramsJson, SamplerLists lists) throws InvalidWorkflow {
        return Request.read(RecipeType.named(type), paramsJson, lists, Reading.Source.REQUEST)
                .recipe();
    }

    /// Reads what [#storedJson()] wrote. Pictures that came in the request are known by their hash and
    /// size, their bytes are not.
    ///
    /// @throws InvalidWorkflow when this is no stored form of such a recipe
    static Recipe restore(String type, String storedJson) throws InvalidWorkflow {
        return Request.read(RecipeType.named(type), storedJson, SamplerLists.core(), Reading.Source.STORED)
                .recipe();
    }

    /// The JSON Schema (2020-12) of a recipe's parameters, with defaults, ranges, descriptions and hints
    /// for forms in `x-ui`: from the same table that checks requests.
    static String schema(String type) {
        return schema(type, SamplerLists.core());
    }

    /// The schema with these names of samplers and schedulers.
    static String schema(String type, SamplerLists lists) {
        return RecipeSchema.of(RecipeType.named(type), lists);
    }

    /// One of [#types()].
    String type();

    /// Every model file the graph needs, in the order of the parameters; a file that is used twice is there
    /// twice.
    List<ModelUse> models();

    /// Every picture the graph needs, in the order of the parameters.
    List<ImageUse> images();

    /// The graph. Equal recipes and files give equal graphs, byte for byte.
    ///
    /// @throws InvalidWorkflow when the sizes of the pictures, only known now, do not fit the parameters
    Workflow workflow(Files files) throws InvalidWorkflow;

    /// The graph of a recipe all of whose files are on the node already.
    ///
    /// @throws IllegalStateException when one of them is not
    default Workflow workflow() throws InvalidWorkflow {
        return workflow(Files.onTheNode());
    }

    /// 0 to 2⁶⁴−1.
    BigInteger seed();

    /// Whether the request named the seed; otherwise it was drawn below 2⁵³.
    boolean seedGiven();

    /// The same recipe with another seed, which counts as given.
    Recipe withSeed(BigInteger seed);

    /// The same recipe with a seed drawn anew, which counts as not given.
    Recipe withDrawnSeed();

    /// Pictures that one run makes, 1 to 64.
    int batchSize();

    /// The format in which the caller wants the result; ComfyUI always writes PNG.
    PictureHeader.Format outputFormat();

    /// Quality of the result, 1 to 100; of use for JPEG and WebP.
    int quality();

    /// Whether the picture also stays in the node's output folder.
    boolean keepOnNode();

    /// What was accepted although it has no effect, as sentences.
    List<String> warnings();

    /// The parameters as everybody may see them: defaults and the drawn seed filled in, pictures of the
    /// request as `{"type":"base64","sha256","bytes"}`, URLs without user info, query and fragment.
    String paramsJson();

    /// The parameters as they are kept to run the recipe later: with whole URLs, which may hold tokens.
    String storedJson();

    /// How a node knows the files of a recipe.
    interface Files {
        /// The name of the file, relative to its model folder.
        String model(ModelUse use);

        Picture image(ImageUse use);

        /// Names as they stand in the recipe.
        static Files onTheNode() {
            return NamedFiles.INSTANCE;
        }

        /// A picture in a node's `input/` folder.
        ///
        /// @param name as `LoadImage` takes it
        /// @param width in pixels, as `LoadImage` gives it: a camera's rotation is applied
        /// @param animated whether it has several frames, of which only the first is used
        record Picture(String name, int width, int height, boolean animated) {
            public Picture(String name, int width, int height) {
                this(name, width, height, false);
            }
        }
    }
}
