package lives

import (
	"context"
	"errors"
	"fmt"
	"time"

	"dukani/models"
	"dukani/payments"
)

func (l life) hasAccount() bool { return l.Who == account || l.Who == saver || l.Who == oneClick }
func (l life) email() string    { return fmt.Sprintf("life%d@example.ge", l.N) }

// credit is the loan that a borrower pays by.
func (l life) credit() models.Method {
	if l.N%2 == 0 {
		return models.ByLoan
	}
	return models.ByBNPL
}

// person lives a life. What they do goes through the functions that the shop's pages call.
type person struct {
	*world
	life
	carts int
	order int64 // their newest; 0: none
}

func (w *world) live(l life) {
	p := &person{world: w, life: l}
	time.Sleep(l.At)
	for _, s := range l.Steps {
		time.Sleep(s.After)
		if w.since() > calm-5*time.Minute {
			break
		}
		if p.order == 0 && s.Do != "place" {
			continue // they got none
		}
		p.do(s)
	}
	w.count1("lives")
}

func (p *person) do(s step) {
	var err error
	said := ""
	switch s.Do {
	case "place":
		err = p.place(s.How)
	case "leave":
	case "pay":
		said, err = p.pay(s.How, false)
	case "old page":
		said, err = p.pay(s.How, true)
	case "message":
		said = p.atBank("callback", s.How)
	case "console":
		said = p.atBank("console", `{"action":"refund","amount_minor":`+s.How+`}`)
	case "again":
		said, err = p.again(s.How)
	default:
		err = p.visit(func(ctx context.Context, d *shop) error { return p.ask(ctx, d, s) })
	}
	if !polite(err) {
		p.fail("life %d: %s: %v", p.N, s.Do, err)
	}
	p.note("life %d: %s %s: %s %v", p.N, s.Do, s.How, said, short(err))
}

// short is an error without the ids in it, which are others in each run.
func short(err error) string {
	var e *models.Error
	switch {
	case err == nil:
		return ""
	case errors.As(err, &e):
		return string(e.Code)
	case errors.Is(err, errDied), errors.Is(err, errDown):
		return err.Error()
	case errors.Is(err, payments.ErrBankSilent):
		return "the bank is silent"
	}
	return fmt.Sprintf("%T", err)
}

// polite reports whether err is one that the shop has a page for.
func polite(err error) bool {
	if err == nil || errors.Is(err, errDied) || errors.Is(err, errDown) || errors.Is(err, payments.ErrBankSilent) {
		return true
	}
	for _, kind := range []models.Kind{models.Invalid, models.NotFound, models.Conflict, models.Limited} {
		if models.IsKind(err, kind) {
			return true
		}
	}
	var moved *models.CheckoutChanged
	var other *models.ReorderChanged
	return errors.As(err, &moved) || errors.As(err, &other)
}
