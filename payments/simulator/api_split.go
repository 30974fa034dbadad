package simulator

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// readSplit reads the field split of parent, which is config when an order is created and the
// whole request at an approval. It returns nil if there is none or the settings ignore it.
func readSplit(parent *node, currency string, settings Settings) *split {
	n := parent.object("split")
	if n == nil || settings.Split.Activation == "ignored" {
		return nil
	}
	if settings.Split.Activation == "refused" {
		parent.fail("split", "is not active for this merchant")
		return nil
	}
	lines := n.objects("split_payments")
	n.rejectUnknown()
	most := cmp.Or(settings.Split.MaxLines, 10)
	switch {
	case len(lines) == 0:
		n.fail("split_payments", "must not be empty")
	case len(lines) > most:
		n.fail("split_payments", fmt.Sprintf("must have at most %d lines", most))
	case currency != "GEL":
		parent.fail("split", "needs the currency GEL")
	}
	s := &split{Status: splitCreated, Numbers: settings.Split.Numbers}
	var percent int64
	for _, line := range lines {
		s.Lines = append(s.Lines, readSplitLine(line, settings.Split))
		percent += s.Lines[len(s.Lines)-1].Percent
	}
	// What the bank says to more than 100 percent is not known. Here the order is accepted
	// and the split is rejected later, because there is not enough to share.
	if settings.Strict && percent > 100 {
		n.fail("split_payments", "share out more than 100 percent")
	}
	return s
}

func readSplitLine(n *node, rules SplitRules) splitLine {
	line := splitLine{Description: n.text("description")}
	if iban := n.text("iban"); iban != nil && *iban != "" {
		line.IBAN = *iban
	} else {
		n.fail("iban", "is required")
	}
	amount, hasAmount := n.money("amount")
	percent, hasPercent := n.number("percent")
	switch {
	case hasAmount && amount <= 0:
		n.in.fail("", "Split amount should be more than 0")
	case hasAmount == hasPercent:
		n.in.fail(n.path, "needs either amount or percent")
	case hasPercent:
		whole, err := strconv.ParseInt(percent, 10, 64)
		if err != nil || whole < 1 || whole > 100 {
			n.fail("percent", "must be a whole number from 1 to 100")
		}
		line.Percent = whole
	}
	line.Amount = amount
	if line.Description != nil {
		most := cmp.Or(rules.MaxDescription, 25)
		if len(*line.Description) > most || strings.ContainsFunc(*line.Description, notInDescription) {
			n.fail("description", fmt.Sprintf("must be at most %d digits, Latin letters, spaces or / - ? : ( ) . , ' +", most))
		}
	}
	n.rejectUnknown()
	return line
}

func notInDescription(r rune) bool {
	isLetter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !isLetter && (r < '0' || r > '9') && !strings.ContainsRune(" /-?:().,'+", r)
}

type receiptSplit struct {
	Status         string             `json:"split_status"`
	Currency       string             `json:"currency"`
	RequestChannel string             `json:"request_channel"`
	Payments       []receiptSplitLine `json:"split_payments"`
}

// receiptSplitLine repeats what the shop requested. Amount and Percent are strings, or
// numbers with SplitRules.Numbers.
type receiptSplitLine struct {
	IBAN        string  `json:"iban"`
	Amount      any     `json:"amount"`
	Percent     any     `json:"percent"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
}

func (s *split) receipt(currency string) *receiptSplit {
	if s == nil {
		return nil
	}
	out := &receiptSplit{Status: s.Status, Currency: currency, RequestChannel: channelAPI}
	digits := func(text string) any {
		if s.Numbers {
			return json.Number(text)
		}
		return text
	}
	for _, line := range s.Lines {
		one := receiptSplitLine{IBAN: line.IBAN, Description: line.Description, Status: s.Status}
		if line.Percent > 0 {
			one.Percent = digits(strconv.FormatInt(line.Percent, 10))
		} else {
			one.Amount = digits(line.Amount.String())
		}
		out.Payments = append(out.Payments, one)
	}
	return out
}
