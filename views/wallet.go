package views

// Wallet is partials/wallet: what the script that shows a wallet's button needs to know.
type Wallet struct {
	Lang       string
	Shop       string // the shop's name, as the sheet shows it
	TotalTetri int64  // what is paid; 0: the form's expected_total

	GoogleScript, AppleScript               string // addresses of the wallets' scripts; "": that button is not offered
	Environment, Gateway, GatewayMerchantID string // Google's words
	MerchantID, MerchantName                string
}
