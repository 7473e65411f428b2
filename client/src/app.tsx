import { BottomBar } from "./components/BottomBar";
import { Notices } from "./components/Notices";
import { OfflineLine } from "./components/OfflineLine";
import { Rail } from "./components/Rail";
import { TopBar } from "./components/TopBar";
import { place } from "./router/router";
import { screenAt } from "./screens/routes";

/** The whole page: the frame stays, the screen changes with the address. */
export function App() {
  return (
    <>
      <a class="skip-link" href="#main">
        Skip to the content
      </a>
      <TopBar />
      <div class="columns">
        <Rail />
        {screenAt(place.value.path)}
      </div>
      <BottomBar />
      <div class="floats">
        <Notices />
        <OfflineLine />
      </div>
    </>
  );
}
