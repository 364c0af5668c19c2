// An adapter, loaded apart: hands the choice of Google Consent Mode and of a platform with the IAB's `__tcfapi` to Nowcast.
// Beside it the script itself says data-consent="required", so that nothing is sent or stored before the choice.
import type { Consent } from "./api.ts";
import { chosen, isRefusedByBrowser } from "./choice.ts";
import {
  afterConsentCommand,
  choiceOfConsentMode,
  choiceOfTcf,
  NO_CONSENT_MODE,
  type TcData,
} from "./consent-signals.ts";
import { watchDataLayer } from "./data-layer.ts";
import { guard } from "./guard.ts";

type TcfApi = (command: string, version: number, call: (data: TcData, success: boolean) => void) => void;

const page = window as Window & { __tcfapi?: TcfApi };
const { layer, personalization = "personalization_storage" } = document.currentScript?.dataset ?? {};

/** Platforms repeat on every page what was chosen once. */
function tell(choice: Consent | undefined): void {
  const known = chosen();
  if (!choice) return;
  if (known?.analytics === choice.analytics && known.personalization === choice.personalization) return;
  page.nowcast ??= [];
  page.nowcast.push(["consent", choice]);
}

let mode = NO_CONSENT_MODE;
watchDataLayer(layer, (entry) => {
  if (!Array.isArray(entry) || entry[0] !== "consent") return;
  mode = afterConsentCommand(mode, entry[1], entry[2]);
  tell(choiceOfConsentMode(mode, personalization, isRefusedByBrowser()));
});

const askTcf = guard(() => {
  page.__tcfapi?.(
    "addEventListener",
    2,
    guard((data: TcData, success: boolean) => {
      if (success) tell(choiceOfTcf(data, isRefusedByBrowser()));
    }),
  );
});
if (page.__tcfapi) askTcf();
else addEventListener("load", askTcf);
