import { Empty } from "../components/Empty";
import { Screen } from "./Screen";

/** An address that leads nowhere. */
export function NotFoundScreen() {
  return (
    <Screen title="Not here">
      <Empty title="There is nothing at this address.">
        <a href="/">Back to the feed</a>
      </Empty>
    </Screen>
  );
}
