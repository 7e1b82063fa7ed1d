import { connect, createServer } from 'node:net';

/** A line to a server that can be cut as networks cut it. Answers its base URL, `cut` (which also keeps it cut) and `mend`. */
export async function line(base) {
  const { hostname, port } = new URL(base);
  const ends = new Set();
  let isCut = false;
  const server = createServer((near) => {
    if (isCut) return near.destroy();
    const far = connect(Number(port), hostname);
    for (const [end, other] of [[near, far], [far, near]]) {
      ends.add(end);
      end.on('error', () => {});
      end.on('close', () => {
        ends.delete(end);
        other.destroy();
      });
      end.pipe(other);
    }
  });
  await new Promise((ready) => server.listen(0, 'localhost', ready));
  return {
    base: `http://localhost:${server.address().port}`,
    cut() {
      isCut = true;
      for (const end of ends) end.destroy();
    },
    mend() {
      isCut = false;
    },
    async close() {
      this.cut();
      await new Promise((closed) => server.close(closed));
    },
  };
}
