// What the shop's server tells Nowcast by itself: carts and orders do not depend on a script in somebody's browser. The
// visitor is named by the token of the first-party cookie, as it came with the request.

export interface ShopEvent {
  readonly type: string;
  readonly items?: readonly {
    readonly id: string;
    readonly price?: number;
    readonly category?: string;
    readonly quantity?: number;
  }[];
  readonly value?: number;
  readonly currency?: string;
  readonly orderId?: string;
  readonly query?: string;
}

const VISITOR_COOKIE = /(?:^|;\s*)nowcast_visitor=([^;]+)/;
/** The page waits for it: the next one shall know. */
const PATIENCE_MS = 800;

interface NowcastAccess {
  readonly NOWCAST_URL?: string;
  readonly NOWCAST_KEY?: string;
}

/** @returns whether Nowcast took it; never throws */
export async function tellNowcast(
  request: Request,
  { NOWCAST_URL, NOWCAST_KEY }: NowcastAccess,
  event: ShopEvent,
): Promise<boolean> {
  const token =
    request.headers.get("x-nowcast-visitor") ?? VISITOR_COOKIE.exec(request.headers.get("cookie") ?? "")?.[1];
  if (!NOWCAST_URL || !NOWCAST_KEY || !token) return false;
  try {
    const answer = await fetch(`${NOWCAST_URL}/v1/events`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${NOWCAST_KEY}`,
        "content-type": "application/json",
        "x-nowcast-visitor": token,
        ...(request.headers.get("sec-gpc") === "1" ? { "sec-gpc": "1" } : {}),
      },
      body: JSON.stringify({ id: crypto.randomUUID(), ...event }),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
