import { changeSettings, type Settings } from "../app/settings.ts";
import { bytes, count, duration } from "../format.ts";
import { store, useTopics } from "../live/live.ts";
import { usePageTitle, useSettings } from "../ui/bits.tsx";
import { Choice } from "../ui/filters.tsx";
import { Facts } from "../ui/rows.tsx";

/** What this browser remembers, and what the router was started with. */
export function SettingsPage() {
  usePageTitle("Settings");
  useTopics("session");
  const settings = useSettings();
  const { session } = store;
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Settings</h1>
      </div>
      <section class="settings">
        <h2>This browser</h2>
        <Choice
          name="theme"
          label="Theme"
          value={settings.theme}
          options={[
            ["auto", "As the system"],
            ["light", "Light"],
            ["dark", "Dark"],
          ]}
          change={(value) => changeSettings({ theme: value as Settings["theme"] })}
        />
        <Choice
          name="density"
          label="Rows"
          value={settings.density}
          options={[
            ["comfortable", "Comfortable"],
            ["compact", "Compact"],
          ]}
          change={(value) => changeSettings({ density: value as Settings["density"] })}
        />
        <Choice
          name="times"
          label="Times"
          value={settings.times}
          options={[
            ["relative", "How long ago"],
            ["absolute", "The clock"],
          ]}
          change={(value) => changeSettings({ times: value as Settings["times"] })}
        />
        <Choice
          name="previews"
          label="Previews"
          value={settings.previews}
          options={[
            ["small", "Small"],
            ["large", "Large"],
          ]}
          change={(value) => changeSettings({ previews: value as Settings["previews"] })}
        />
        <Choice
          name="keys"
          label="Single-letter keys"
          value={settings.keys ? "on" : "off"}
          options={[
            ["on", "On"],
            ["off", "Off"],
          ]}
          change={(value) => changeSettings({ keys: value === "on" })}
        />
      </section>
      {session && (
        <section class="settings">
          <h2>The router</h2>
          <Facts
            rows={[
              ["Version", session.version],
              ["Environment", session.env],
              ["Signed in as", session.user],
              ["Places in the queue", count(session.limits.pending)],
              ["Results kept", count(session.limits.history)],
              ["Attempts per task", count(session.limits.maxAttempts)],
              ["A task may wait", duration(session.limits.maxWaitSeconds)],
              ["A task may run", duration(session.limits.maxRunSeconds)],
              ["Model cache", bytes(session.limits.maxCacheBytes)],
              ["Largest request", bytes(session.limits.maxBodyBytes)],
            ]}
          />
          <p>
            <a href="/doc">API documentation</a> <a href="/openapi">OpenAPI document</a> <a href="/metrics">Metrics</a>
          </p>
          {session.settings && session.settings.length > 0 && (
            <details>
              <summary>Configuration in force ({session.settings.length})</summary>
              <div class="scroll-x" tabIndex={0} role="region" aria-label="Configuration in force">
                <table>
                  <thead>
                    <tr>
                      <th scope="col">Setting</th>
                      <th scope="col">Value</th>
                      <th scope="col">From</th>
                    </tr>
                  </thead>
                  <tbody>
                    {session.settings.map((one) => (
                      <tr key={one.name}>
                        <th scope="row">
                          <code>{one.name}</code>
                        </th>
                        <td>{one.value}</td>
                        <td>{one.source}</td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </div>
            </details>
          )}
        </section>
      )}
    </>
  );
}
