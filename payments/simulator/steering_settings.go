package simulator

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
)

// changeSettings handles POST /_sim/settings. Settings that are not named stay.
func (b *Bank) changeSettings(w http.ResponseWriter, r *http.Request) {
	next := b.currentSettings()
	next.SilentOn, next.Methods = slices.Clone(next.SilentOn), slices.Clone(next.Methods)
	next.AccountTags, next.Split.Methods = slices.Clone(next.AccountTags), slices.Clone(next.Split.Methods)
	next.Inactive = slices.Clone(next.Inactive)
	if !readSteering(w, r, &next) {
		return
	}
	body, err := json.Marshal(keptSettings{b.Settings, next})
	if err == nil {
		b.mu.Lock()
		if b.store != nil {
			err = b.store.write([]row{{kindMeta, "settings", body}})
		}
		if err == nil {
			b.settings = next
		}
		b.mu.Unlock()
	}
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	answerSteering(w, r, next, steeringPage)
}

// reset handles POST /_sim/reset: it removes all orders and faults, and puts settings,
// chaos, clock and seed back to those of the start. The key pair stays, so that shops go on
// trusting the callbacks.
func (b *Bank) reset(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	var err error
	if b.store != nil {
		_, err = b.store.db.ExecContext(context.Background(), `DELETE FROM rows WHERE kind <> ? OR id NOT IN ('key', 'secret')`, kindMeta)
	}
	if err == nil {
		b.forgetAll()
		b.settings = b.Settings
		b.clock.Store(b.firstClock())
		b.reseed()
	}
	b.mu.Unlock()
	if err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	b.journal.clear()
	if isBrowserForm(r) {
		redirect(w, "/_sim/")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
