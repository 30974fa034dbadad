package conformance

var walletChecks, optionChecks []check
