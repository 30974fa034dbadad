package simulator

import "net/http"

// The addresses of stand-ins for the scripts that Google and Apple serve for the buttons on a shop's
// own page (docs/bog-api.md §12). They have the interfaces that a shop uses and open a sheet in its
// page. Nobody signs in, nothing is encrypted, and the token only names a test card.
const (
	GooglePayScript = "/_sim/wallets/google-pay.js"
	ApplePayScript  = "/_sim/wallets/apple-pay.js"
)

// walletScript serves a stand-in to pages of any origin, as the real scripts are served.
func walletScript(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		script, err := assetFiles.ReadFile("assets/" + name)
		sheet, failed := assetFiles.ReadFile("assets/wallet-sheet.js")
		if err != nil || failed != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "public, max-age=300")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		_, _ = w.Write([]byte("(() => {\n"))
		_, _ = w.Write(sheet)
		_, _ = w.Write(script)
		_, _ = w.Write([]byte("})();\n"))
	}
}
