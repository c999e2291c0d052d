/** A table of this browser (IndexedDB), by key. Every call rejects where the browser forbids it or is full. */
export interface Rows<Row> {
  put: (row: Row, key: string) => Promise<unknown>;
  drop: (key: string) => Promise<unknown>;
  all: () => Promise<Row[]>;
}

/** Opens the table with the first call. A change is handed to the browser within the same task, committed: a page that
 *  ends right after it loses nothing. */
export function rows<Row>(database: string, table: string): Rows<Row> {
  let opening: Promise<IDBDatabase> | undefined;

  const open = (): Promise<IDBDatabase> =>
    (opening ??= new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open(database);
      asked.onupgradeneeded = () => asked.result.createObjectStore(table);
      asked.onerror = reject;
      asked.onsuccess = () => {
        const found = asked.result;
        found.onclose = again;
        // Somebody signs out: the table is deleted.
        found.onversionchange = () => {
          found.close();
          again();
        };
        resolve(found);
      };
    }));
  const again = (): void => {
    opening = undefined;
  };

  const run = async <Value>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Value>): Promise<Value> => {
    try {
      const transaction = (await open()).transaction(table, mode);
      const asked = work(transaction.objectStore(table));
      transaction.commit();
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = reject;
      });
      return asked.result;
    } catch (error) {
      again();
      throw error;
    }
  };

  return {
    put: (row, key) => run("readwrite", (store) => store.put(row, key)),
    drop: (key) => run("readwrite", (store) => store.delete(key)),
    all: () => run("readonly", (store) => store.getAll() as IDBRequest<Row[]>),
  };
}
