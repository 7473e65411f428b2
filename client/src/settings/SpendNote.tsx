import { useEffect } from "preact/hooks";
import { setup } from "../ownkey/setup";
import { atCap, refreshSpend, spent } from "../ownkey/spend";
import { counted, formatMoney } from "../state/quantities";

/** What one's own key has cost today, and when it stops. */
export function SpendNote() {
  useEffect(() => {
    refreshSpend();
  }, []);
  const { requests, input, output, money, estimated, unpriced } = spent.value;
  const stops = atCap(setup.value, spent.value);
  return (
    <div class="spend" role="status">
      <p>
        Today: {counted(requests, "request")}, {counted(input, "token")} sent, {counted(output, "token")}{" "}
        received
        {estimated ? " (partly estimated)" : ""}
        {requests > 0 &&
          (unpriced ? ", cost unknown: no prices were given" : `, ${formatMoney(money)} spent`)}
        .
      </p>
      {stops && (
        <p class="field-problem">Your limit for today is reached: nothing more is asked until tomorrow.</p>
      )}
    </div>
  );
}
