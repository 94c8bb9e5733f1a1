/** A file that was dropped or picked, with its place below what was dropped: `Photos/2024/a.jpg`. */
export interface DroppedFile {
  file: File;
  path: string;
}
