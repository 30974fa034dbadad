package admin

import (
	"strings"

	"dukani/models"
)

// csvText is text that a spreadsheet must not take for a formula: whoever orders may call
// themselves =HYPERLINK(…).
func csvText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r\n", rune(s[0])) {
		return "'" + s
	}
	return s
}

// csvAmount is an amount as programs read it.
func csvAmount(t models.Tetri) string { return t.String() }
