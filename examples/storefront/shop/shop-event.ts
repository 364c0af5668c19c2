// What a page tells through the browser's script: `nowcast.track(type, fields)`, in the vocabulary of GA4.

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
