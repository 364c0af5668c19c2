// What Nowcast is told of the shop beyond the attributes of its pages: the site's run-time configuration.

export const SHOP_CONFIG = {
  pages: {
    // Product pages tell by their path what is looked at, also for visitors without a script.
    "/products/*": { itemInPath: true },
  },
  audiences: { "left-a-cart": { intents: ["cart_abandoned"] } },
  edits: [
    {
      name: "welcome-back",
      pages: ["/"],
      audience: "left-a-cart",
      changes: [
        {
          action: "before",
          selector: ".hero",
          html: '<p class="welcome-back">Your cart is as you left it. <a href="/cart">Go on with it</a></p>',
        },
      ],
    },
  ],
} as const;
