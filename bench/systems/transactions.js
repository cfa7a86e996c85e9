// Watches the page's IndexedDB transactions: when all that write have completed, how many there were, and how durable the
// browser made them. Libraries that write behind one's back can be waited for only in this way.

const plain = IDBDatabase.prototype.transaction;
const open = new Set();
/** Set to make all transactions that write so durable; left undefined, they are as the library asks. */
let forced;

export const committed = {
  count: 0,
  durabilities: new Set(),
  /** Resolves once all writes begun so far have completed. */
  all: () => Promise.all(open),
  force(durability) {
    forced = durability;
  },
};

IDBDatabase.prototype.transaction = function (names, mode, options) {
  const transaction = plain.call(this, names, mode, mode === "readwrite" && forced ? { ...options, durability: forced } : options);
  if (mode !== "readwrite") return transaction;
  const done = new Promise((resolve, reject) => {
    transaction.addEventListener("complete", resolve);
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
  open.add(done);
  const end = () => open.delete(done);
  done.then(end, end);
  committed.count += 1;
  committed.durabilities.add(transaction.durability);
  return transaction;
};
