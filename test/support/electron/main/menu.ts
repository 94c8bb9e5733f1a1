import { EventEmitter } from 'node:events';
import { modelled, onlyOptions } from '../unmodelled.ts';
import { onAct, systemSees } from './control.ts';

type Template = Electron.MenuItemConstructorOptions;
const known = ['label', 'role', 'type', 'accelerator', 'click', 'submenu', 'enabled', 'checked', 'visible', 'id', 'toolTip', 'registerAccelerator']; // prettier-ignore

/** An entry. Roles have labels of the system's own. */
export class MenuItemModel {
  readonly label: string;
  readonly type: string;
  readonly enabled: boolean;
  readonly checked: boolean;
  readonly role: string | undefined;
  readonly accelerator: unknown;
  readonly submenu: MenuModel | undefined;
  readonly #click: Template['click'];

  constructor(template: Template) {
    onlyOptions('a menu item', template, known);
    const { label, role, type, enabled = true, checked = false, submenu, accelerator, click } = template;
    this.role = role;
    this.label = label ?? role ?? '';
    this.type = type ?? (submenu ? 'submenu' : 'normal');
    this.enabled = enabled;
    this.checked = checked;
    this.accelerator = accelerator;
    this.submenu = Array.isArray(submenu) ? new MenuModel(submenu) : undefined;
    this.#click = click;
  }

  /** "A Function that is fired when the MenuItem receives a click event." */
  click(): void {
    if (this.enabled) this.#click?.(this as never, undefined, {});
  }
}

export class MenuModel extends EventEmitter {
  readonly items: MenuItemModel[];

  constructor(template: Template[]) {
    super();
    this.items = template.map((item) => new MenuItemModel(item));
  }

  /** Somebody chooses the entry of that label; entries of submenus too. */
  choose(label: string): void {
    const item = this.flat().find((one) => one.label === label && one.enabled);
    if (!item) throw new Error(`The menu has no entry “${label}” that can be chosen: ${this.labels().join(', ')}`);
    item.click();
  }

  /** Somebody presses the keys of an entry. */
  press(accelerator: string): void {
    const item = this.flat().find((one) => one.accelerator === accelerator && one.enabled);
    if (!item) throw new Error(`The menu has no entry with ${accelerator}.`);
    item.click();
  }

  labels(): string[] {
    return this.flat().filter(({ type }) => type !== 'separator').map(({ label }) => label); // prettier-ignore
  }

  private flat(): MenuItemModel[] {
    return this.items.flatMap((item) => [item, ...(item.submenu?.flat() ?? [])]);
  }
}

let applicationMenu: MenuModel | null = null;
onAct('menu', (label) => applicationMenu?.choose(label));
/** The keys of an entry, as its template names them. */
onAct('keys', (accelerator) => applicationMenu?.press(accelerator));

export const Menu = modelled('Menu', {
  buildFromTemplate: (template: Template[]) => new MenuModel(template),
  setApplicationMenu: (menu: MenuModel | null) => {
    applicationMenu = menu;
    systemSees('application-menu', { labels: menu?.labels() ?? [] });
  },
  getApplicationMenu: () => applicationMenu,
});
