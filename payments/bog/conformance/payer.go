package conformance

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"

	"dukani/payments/bog"
)

// Payer plays the customer on the bank's page.
type Payer interface {
	// Pay opens the link and carries out the plan. It returns when the bank has sent the browser
	// back to the shop, or shows a page with nothing left to do.
	Pay(ctx context.Context, link string, plan Plan) (Visit, error)
}

// Deed is what the customer does.
type Deed string

// Deeds of a customer.
const (
	PayIt    Deed = ""       // pay, and confirm 3-D Secure where it appears
	RejectIt Deed = "reject" // pay, and refuse the 3-D Secure question
	CancelIt Deed = "cancel" // cancel on the payment page
	LookAtIt Deed = "look"   // open the page and go away
)

// Plan is what a customer should do.
type Plan struct {
	Deed Deed
	// Method is the method to choose; "" means card.
	Method bog.Method
	// Card is the number to type. With "" the page must not ask for a card, because the bank has
	// saved it or the method needs none.
	Card string
	// Challenge means that the link leads straight to the 3-D Secure question.
	Challenge bool
	// Refused means that the page should refuse the card and let the customer try again.
	Refused bool
	// Halfway, if not nil, is called while the 3-D Secure question is open.
	Halfway func()
}

// Visit is what a customer saw.
type Visit struct {
	// Followed means that the payer knows where the browser went, which a person does not tell.
	Followed bool
	// Landed is exactly the address outside the bank that the browser was sent to; "" if the visit
	// ended on a page of the bank.
	Landed string
	// Pages are the bank's pages in the order in which they were seen.
	Pages []Page
}

// Page is one page of the bank.
type Page struct {
	URL      string
	Status   int
	Lang     string
	Title    string
	Text     string
	CardForm bool // whether it asks for a card number
	CanPay   bool // whether it has a button that pays
}

// last returns the page on which the visit ended.
func (v Visit) last() Page {
	if len(v.Pages) == 0 {
		return Page{}
	}
	return v.Pages[len(v.Pages)-1]
}

// AskPayer lets a person pay: it prints the link and what to do, and goes on when Enter is
// pressed. It is for targets whose page FormPayer does not understand.
type AskPayer struct {
	Out io.Writer
	In  *bufio.Reader
}

// Pay prints the plan and waits for Enter.
func (a AskPayer) Pay(ctx context.Context, link string, plan Plan) (Visit, error) {
	fmt.Fprintf(a.Out, "\nOpen   %s\nThen   %s\nEnter, when done: ", link, plan)
	pressed := make(chan error, 1)
	go func() {
		_, err := a.In.ReadString('\n')
		pressed <- err
	}()
	select {
	case err := <-pressed:
		return Visit{}, err
	case <-ctx.Done():
		return Visit{}, ctx.Err()
	}
}

// String is the instruction for a person.
func (p Plan) String() string {
	switch p.Deed {
	case LookAtIt:
		return "only look at the page"
	case CancelIt:
		return "cancel the payment"
	}
	if p.Challenge {
		return "confirm 3-D Secure"
	}
	steps := []string{}
	if p.Method != "" && p.Method != bog.MethodCard {
		steps = append(steps, "choose "+string(p.Method))
	}
	if p.Card != "" {
		steps = append(steps, "pay with card "+p.Card+", any future expiry, any CVV")
	} else {
		steps = append(steps, "pay without typing a card; if the page asks for one, close it")
	}
	if p.Deed == RejectIt {
		return strings.Join(append(steps, "refuse the 3-D Secure question"), ", ")
	}
	return strings.Join(append(steps, "confirm 3-D Secure if asked"), ", ")
}
