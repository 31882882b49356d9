// The size of a first visit: bytes and requests, no times.

/** Most bytes of a timeline without its pictures, as they are sent. */
const MAX_BYTES = 100 * 1024;

/** Most requests that a browser waits for before it shows anything. */
const MAX_BLOCKING_REQUESTS = 2;

/** Opens the home timeline with an empty cache. Returns the two numbers. */
export async function measure(reader) {
  const session = await reader.context.newCDPSession(reader.page);
  const [types, bytes] = [new Map(), new Map()];
  session.on("Network.responseReceived", ({ requestId, type }) => types.set(requestId, type));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) =>
    bytes.set(requestId, encodedDataLength),
  );
  await session.send("Network.enable");
  await session.send("Network.clearBrowserCache");
  await reader.page.goto(`${reader.base}/`);
  const posts = await reader.count(".post");
  if (posts < 20) reader.wrong.push(`there are only ${posts} posts in the timeline`);
  const counted = [...bytes].filter(([id]) => !["Image", "Media"].includes(types.get(id)));
  const sum = counted.reduce((sum, [, length]) => sum + length, 0);
  const blocking = await reader.page.evaluate(
    () =>
      performance.getEntriesByType("resource").filter((entry) => entry.renderBlockingStatus === "blocking").length,
  );
  if (sum > MAX_BYTES) reader.wrong.push(`the timeline takes ${sum} bytes`);
  if (blocking > MAX_BLOCKING_REQUESTS) reader.wrong.push(`${blocking} requests block rendering`);
  await session.detach();
  return { sum, blocking };
}
