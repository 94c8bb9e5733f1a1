/** Whether the table of keys is open: any screen may open it. */
class Shortcuts {
  isOpen = $state(false);
}

export const shortcuts = new Shortcuts();
