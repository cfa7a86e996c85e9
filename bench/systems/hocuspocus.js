// Yjs, y-indexeddb and Hocuspocus: a document for each event, all over one connection, as its docs advise.
import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import { until } from "./system.js";
import { offerYjs } from "./yjs-plan.js";

offerYjs({ nameOf: (event) => event, shiftsIn: (doc) => doc.getMap("assignments"), carry: overHocuspocus, tellsStored: true });

function overHocuspocus(docs, { server }) {
  const websocketProvider = new HocuspocusProviderWebsocket({ url: server.replace("http", "ws") });
  const providers = [...docs].map(([name, document]) => {
    const provider = new HocuspocusProvider({ websocketProvider, name, document });
    provider.attach();
    return provider;
  });
  const heard = (provider, event, test) => until(test, (look) => {
    provider.on(event, look);
    return () => provider.off(event, look);
  });
  return {
    synced: Promise.all(providers.map((provider) => heard(provider, "synced", () => provider.isSynced))),
    /** The server has them in memory; what is on its disk it does not say. */
    stored: () => Promise.all(providers.map((provider) => heard(provider, "unsyncedChanges", () => !provider.hasUnsyncedChanges))),
  };
}
