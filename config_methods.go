package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"dukani/models"
)

// checkMethods makes sure that every way to pay exists and is named once.
func (c *config) checkMethods(wrong func(string, ...any)) {
	for i, m := range c.Methods {
		c.Methods[i] = strings.TrimSpace(m)
		switch {
		case !models.Method(c.Methods[i]).Known():
			wrong("SHOP_PAYMENT_METHODS has %q, need some of %s", c.Methods[i], models.Methods())
		case slices.Contains(c.Methods[:i], c.Methods[i]):
			wrong("SHOP_PAYMENT_METHODS has %q twice", c.Methods[i])
		}
	}
}

// methods are the ways to pay that the shop may offer.
func (c *config) methods() (list []models.Method) {
	for _, m := range c.Methods {
		list = append(list, models.Method(m))
	}
	return list
}

// split is whether money is shared with makers.
func (c *config) split() models.SplitRules {
	return models.SplitRules{On: c.Split == "on", Lines: c.SplitLines}
}

// checkLoans makes sure that the estimates of loans can be made, and that the bank has time to decide.
func (c *config) checkLoans(wrong func(string, ...any)) {
	if c.LoanDecision < time.Hour || c.LoanDecision > 14*24*time.Hour {
		wrong("SHOP_LOAN_DECISION is %s, need 1h to 336h", c.LoanDecision)
	}
	for _, list := range []struct {
		name   string
		months []int
	}{{"SHOP_LOAN_MONTHS", c.LoanMonths}, {"SHOP_BNPL_MONTHS", c.BNPLMonths}} {
		for i, n := range list.months {
			if n < 2 || n > models.MaxLoanMonths || slices.Contains(list.months[:i], n) {
				wrong("%s has %d, need different numbers of months from 2 to %d", list.name, n, models.MaxLoanMonths)
			}
		}
		slices.Sort(list.months)
	}
	rate := percent.FindStringSubmatch(c.LoanRate)
	if rate == nil {
		wrong("SHOP_LOAN_RATE is %q, need a percentage a year from 0 to 99.99", c.LoanRate)
	} else {
		c.loanRate, _ = strconv.Atoi(rate[1] + (rate[2] + "00")[:2]) // digits only
	}
	if c.LoanLeast < 0 || c.LoanLeast > 1_000_000 {
		wrong("SHOP_LOAN_LEAST is %d, need 0 to 1000000 lari", c.LoanLeast)
	}
	if c.Calculator == "" || c.Calculator == noCalculator {
		return
	}
	if !isScript(c.Calculator) {
		wrong("BOG_CALCULATOR_URL is %q, need the https address of the bank's script, or %s", redactURL(c.Calculator), noCalculator)
	}
}

// percent is a percentage below 100 with at most two decimals.
var percent = regexp.MustCompile(`^(\d{1,2})(?:\.(\d{1,2}))?$`)

// noCalculator is what BOG_CALCULATOR_URL says to show the shop's own estimates alone.
const noCalculator = "none"
