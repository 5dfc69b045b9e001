/** The pages that are not needed for the first look, in one file: several would share code and so become many. */
export { Activity } from "./activity.tsx";
export { Gallery, Lightbox } from "./gallery.tsx";
export { Models } from "./models.tsx";
export { Playground } from "./playground.tsx";
export { SettingsPage } from "./settings.tsx";
