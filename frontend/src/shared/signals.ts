/** What "@preact/signals" stands for in this build (vite.config.ts): signals, and components that are rendered anew when
 *  a signal they read changes. Signals as text, as attributes and as hooks are left out, and with them the hooks
 *  themselves where no component uses any: 3 kB of what a labeller waits for. */
import { effect } from "@preact/signals-core";
import { Component, Fragment, options, type ComponentChildren, type FunctionComponent } from "preact";

export * from "@preact/signals-core";

type Props = Record<string, unknown>;
const watching = new WeakMap<FunctionComponent<Props>, typeof Component<Props>>();

/** The same component, as one that watches what it reads. */
function watched(view: FunctionComponent<Props>): typeof Component<Props> {
  return class extends Component<Props> {
    private stop?: () => void;

    override render(props: Props): ComponentChildren {
      let shown: { tree: ComponentChildren } | undefined;
      this.stop?.();
      this.stop = effect(() => {
        if (shown) this.setState({});
        else shown = { tree: view(props) };
      });
      return shown!.tree;
    }

    override componentWillUnmount(): void {
      this.stop?.();
    }
  };
}

const before = options.vnode;
options.vnode = (vnode) => {
  const view = vnode.type as FunctionComponent<Props> | string;
  if (typeof view === "function" && view !== Fragment && !(view.prototype instanceof Component)) {
    let component = watching.get(view);
    if (!component) watching.set(view, (component = watched(view)));
    vnode.type = component as unknown as typeof vnode.type;
  }
  before?.(vnode);
};
