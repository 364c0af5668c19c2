// Nothing that goes wrong in the script may reach the page: not as an exception in a listener, a timer or an observer.

/** The call, with whatever it throws swallowed: it answers undefined then. */
export const guard =
  <A extends unknown[], R>(call: (...args: A) => R) =>
  (...args: A): R | undefined => {
    try {
      return call(...args);
    } catch {
      // The page comes first.
      return undefined;
    }
  };
