import WebSocket from 'ws';

/** A WebSocket that sends what a browser sends by itself: its cookies and its origin. */
export function socketOf(cookie, origin) {
  return class extends WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { headers: { cookie }, origin });
    }
  };
}
