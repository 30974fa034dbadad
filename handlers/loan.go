package handlers

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"dukani/models"
	"dukani/views"
)

// Loans is what the shop shows of loans before the bank decides on one. The bank's conditions are
// known to its calculator alone, so the figures without it are the shop's own estimate.
type Loans struct {
	// Months are the terms that can be chosen, by loan; the longest is that of "from … a month".
	Months map[models.Method][]int
	Rate   int          // a year, in hundredths of a percent, for the estimate
	Least  models.Tetri // smaller prices show no monthly amount
	// Calculator is the address of the bank's script; "" shows the estimates alone.
	Calculator string
}

// calculatorOrigin is where the bank's script comes from, "" if there is none.
func (l Loans) calculatorOrigin() (string, error) {
	if l.Calculator == "" {
		return "", nil
	}
	u, err := url.Parse(l.Calculator)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return "", fmt.Errorf("handlers: %q is not the address of the loan calculator", l.Calculator)
	}
	return u.Scheme + "://" + u.Host, nil
}

// offeredLoans returns the loans among the ways to pay that are offered now. Whatever changes them
// changes the version of public pages, too, so they are asked for once per version.
func (a *app) offeredLoans(ctx context.Context) ([]models.Method, error) {
	if a.Desk == nil {
		return nil, nil
	}
	version, err := a.version(ctx)
	if err != nil {
		return nil, err
	}
	return a.loans.Get(version, func() ([]models.Method, int, error) {
		offered, err := a.Desk.Methods(a.Store.SmallRead(ctx))
		loans := slices.DeleteFunc(slices.Clone(offered), func(m models.Method) bool { return !m.Rules().Credit })
		return loans, 64, err
	})
}

// allowCalculator lets the page that is answered with load the bank's calculator. It is called for
// pages on which a loan may be offered; no other page may load anything from elsewhere.
func (a *app) allowCalculator(c *fiber.Ctx) error {
	loans, err := a.offeredLoans(c.UserContext())
	if err == nil && len(loans) > 0 && a.calculatorPolicy != "" {
		c.Set(fiber.HeaderContentSecurityPolicy, a.calculatorPolicy)
	}
	return err
}

// loanOffer is what a price comes to each month; nil if no loan is offered, or none for so little.
func (a *app) loanOffer(ctx context.Context, lang models.Lang, total models.Tetri) (*views.LoanOffer, error) {
	loans, err := a.offeredLoans(ctx)
	if err != nil || len(loans) == 0 || total < a.Loans.Least {
		return nil, err
	}
	m := loans[0]
	if slices.Contains(loans, models.ByLoan) {
		m = models.ByLoan // the longer one
	}
	offer := a.offerOf(lang, m, total)
	if offer == nil {
		return nil, nil
	}
	if offer.Script = a.Loans.Calculator; len(loans) == 1 {
		offer.Only = strconv.FormatBool(m == models.ByBNPL)
	}
	return offer, nil
}

// offerOf is what a price comes to each month by the longest term of one loan, nil if it has none.
func (a *app) offerOf(lang models.Lang, m models.Method, total models.Tetri) *views.LoanOffer {
	months := a.Loans.Months[m]
	if len(months) == 0 || total < a.Loans.Least {
		return nil
	}
	longest := slices.Max(months)
	monthly := models.Instalment(total, longest, a.Loans.Rate)
	offer := views.NewLoanOffer(string(lang), string(m), int64(total), int64(monthly), longest)
	return &offer
}

// monthsField is the name of the field with the months of a loan.
func monthsField(m models.Method) string {
	if m == models.ByBNPL {
		return "bnpl_month"
	}
	return "loan_month"
}

// readLoan reads a choice of months: "", "12", or "12 CODE" if it was made in the bank's calculator.
// They are one choice of one list, so that no code goes with other months.
func readLoan(text string) (l models.Loan) {
	month, code, calculated := strings.Cut(text, " ")
	if text == "" {
		return l
	}
	n, err := strconv.Atoi(month)
	if l.Month, l.Code = n, code; err != nil || n == 0 || calculated && code == "" {
		l.Month = -1 // which is no number of months
	}
	return l
}

// offerLoans adds to the loans among the ways to pay what they come to each month, and the choice of
// months; chosen is what was chosen before of each.
func (a *app) offerLoans(c visit, total models.Tetri, chosen map[models.Method]models.Loan, into []views.MethodChoice) {
	for i := range into {
		m := models.Method(into[i].Key)
		if !m.Rules().Credit {
			continue
		}
		was := chosen[m]
		into[i].Offer = a.offerOf(c.lang, m, total)
		months := &views.LoanMonths{Lang: string(c.lang), Field: monthsField(m), Script: a.Loans.Calculator, Only: strconv.FormatBool(m == models.ByBNPL)}
		for _, n := range a.Loans.Months[m] {
			monthly := models.Instalment(total, n, a.Loans.Rate)
			months.Options = append(months.Options, views.MonthsOption(string(c.lang), n, int64(monthly), n == was.Month && was.Code == ""))
		}
		if was.Code != "" && was.Month > 0 {
			months.Options = append(months.Options, views.ExactMonths(string(c.lang), was.Month, was.Code))
		}
		into[i].Loan = months
	}
}

// chosenLoan reads the months of a loan from the form that pays an order again; nil if it has none.
func chosenLoan(c *fiber.Ctx, m models.Method) (*models.Loan, error) {
	if !m.Rules().Credit {
		return nil, nil
	}
	if !c.Request().PostArgs().Has(monthsField(m)) {
		return nil, nil
	}
	months, err := formValue(c, monthsField(m))
	if err != nil {
		return nil, err
	}
	l := readLoan(months)
	return &l, nil
}

// wrongLoan leads back to the page of an order with what is wrong with the months of a loan.
func (a *app) wrongLoan(c visit, o *models.Order, method, text string) error {
	path := "/orders/" + o.Token
	r := refusal{Status: fiber.StatusUnprocessableEntity, Errors: map[string]string{"loan_month": text}, Values: map[string]string{"method": method}}
	if a.keepRefusal(c.Ctx, path, r) {
		return c.goTo(c.path(path))
	}
	c.Status(r.Status)
	return a.orderPage(c, o, answered, r)
}
