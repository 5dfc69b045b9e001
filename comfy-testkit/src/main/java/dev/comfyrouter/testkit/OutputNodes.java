package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The nodes that put pictures out: as files of `output/` or `temp/`, or through the WebSocket.
final class OutputNodes {

    private OutputNodes() {}

    static Map<String, NodeBehaviour> behaviours() {
        Map<String, NodeBehaviour> behaviours = new HashMap<>();
        behaviours.put("SaveImage", OutputNodes::save);
        behaviours.put("PreviewImage", OutputNodes::preview);
        behaviours.put("SaveLatent", OutputNodes::saveLatent);
        behaviours.put("SaveImageWebsocket", OutputNodes::sendThroughSocket);
        return behaviours;
    }

    private static List<Object> save(NodeCall call) throws InterruptedException {
        return write(call, Folder.OUTPUT, call.text("filename_prefix"));
    }

    private static List<Object> preview(NodeCall call) throws InterruptedException {
        return write(call, Folder.TEMP, "ComfyUI_temp_" + call.run().engine().temporaryLetters());
    }

    private static List<Object> write(NodeCall call, Folder folder, String prefix) throws InterruptedException {
        Engine engine = call.run().engine();
        engine.pace().beforeOutput(call);
        Picture picture = PictureNodes.picture(call, "images");
        String full = withTokens(prefix, picture);
        int slash = full.lastIndexOf('/');
        String subfolder = slash < 0 ? "" : full.substring(0, slash);
        String name = full.substring(slash + 1);
        ObjectNode shown = Json.object();
        ArrayNode images = shown.putArray("images");
        try {
            int number = engine.files().nextNumber(folder, subfolder, name);
            for (int index = 0; index < picture.batch(); index++) {
                String file = name.replace("%batch_num%", "" + index) + number(number) + ".png";
                engine.files()
                        .put(
                                folder,
                                subfolder,
                                file,
                                engine.painter().png(picture, index, call.run().item()));
                images.addObject()
                        .put("filename", file)
                        .put("subfolder", FileStore.path(subfolder, ""))
                        .put("type", folder.wireName());
                number = index + 1 < picture.batch() ? engine.files().nextNumber(folder, subfolder, name) : number;
            }
        } catch (FileStore.OutsideOfFolder escape) {
            throw new NodeFailure(
                    "Exception",
                    "**** ERROR: Saving image outside the output folder is not allowed.\n full_output_folder: " + full);
        }
        call.show(shown);
        return slots(call, picture);
    }

    private static List<Object> saveLatent(NodeCall call) {
        Engine engine = call.run().engine();
        Picture latent = PictureNodes.picture(call, "samples");
        String full = call.text("filename_prefix");
        String subfolder = full.substring(0, Math.max(0, full.lastIndexOf('/')));
        String name = full.substring(full.lastIndexOf('/') + 1);
        String file = name + number(engine.files().nextNumber(Folder.OUTPUT, subfolder, name)) + ".latent";
        engine.files()
                .put(
                        Folder.OUTPUT,
                        subfolder,
                        file,
                        ("latent of " + latent.width() + " x " + latent.height()).getBytes(StandardCharsets.US_ASCII));
        ObjectNode shown = Json.object();
        shown.putArray("latents")
                .addObject()
                .put("filename", file)
                .put("subfolder", FileStore.path(subfolder, ""))
                .put("type", Folder.OUTPUT.wireName());
        call.show(shown);
        return slots(call, latent);
    }

    private static String number(int number) {
        return String.format(Locale.ROOT, "_%05d_", number);
    }

    private static List<Object> sendThroughSocket(NodeCall call) throws InterruptedException {
        Engine engine = call.run().engine();
        engine.pace().beforeOutput(call);
        Picture picture = PictureNodes.picture(call, "images");
        for (int index = 0; index < picture.batch(); index++) {
            call.progress(
                    index,
                    picture.batch(),
                    Events.ImageFormat.PNG,
                    engine.painter().pngWithoutMetadata(picture, index));
        }
        return slots(call, picture);
    }

    private static List<Object> slots(NodeCall call, Picture picture) {
        return call.run().engine().classes().outputSlots(call.classType()) == 0 ? List.of() : List.of(picture);
    }

    private static String withTokens(String prefix, Picture picture) {
        if (prefix.indexOf('%') < 0) {
            return prefix;
        }
        LocalDateTime now = LocalDateTime.now(java.time.ZoneOffset.UTC);
        return prefix.replace("%width%", "" + picture.width())
                .replace("%height%", "" + picture.height())
                .replace("%year%", "" + now.getYear())
                .replace("%month%", two(now.getMonthValue()))
                .replace("%day%", two(now.getDayOfMonth()))
                .replace("%hour%", two(now.getHour()))
                .replace("%minute%", two(now.getMinute()))
                .replace("%second%", two(now.getSecond()));
    }

    private static String two(int number) {
        return String.format(Locale.ROOT, "%02d", number);
    }
}
