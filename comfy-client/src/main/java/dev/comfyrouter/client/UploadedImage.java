package dev.comfyrouter.client;

/// A picture that now lies on a server. The name is the server's choice: it renames a file whose name is taken by
/// another picture.
///
/// @param name the file's name
/// @param subfolder the directory below `input`, as it was asked for
/// @param type the folder, `input`
public record UploadedImage(String name, String subfolder, String type) {
    /// How an input of a graph (`LoadImage`) names it: `subfolder/name`.
    public String reference() {
        return subfolder.isEmpty() ? name : subfolder + "/" + name;
    }
}
