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
	// Pay opens the link and carries out the plan. It returns once the bank has
	// sent the browser away, or shows a page with nothing left to do.
	Pay(ctx context.Context, link string, plan Plan) (Visit, error)
}

// Deed is what the customer does.
type Deed string

// Deeds of a customer.
const (
	PayIt    Deed = ""       // pay, and confirm 3-D Secure where it appears
	RejectIt Deed = "reject" // pay, and refuse the 3-D Secure question
	CancelIt Deed = "cancel" // give up on the payment page
	LookAtIt Deed = "look"   // open the page and go away
)

// Plan is what a customer should do.
type Plan struct {
	Deed Deed
	// Method to choose; "" is card.
	Method bog.Method
	// Card is the number to type. Empty: the page must not ask for one, because
	// the bank remembers the card or the method has none.
	Card string
	// Challenge: the link leads to the 3-D Secure question itself.
	Challenge bool
	// Refused: the page is expected to turn the card down and stay.
	Refused bool
	// Halfway, if not nil, is called while the 3-D Secure question is open.
	Halfway func()
}

// Visit is what a customer saw.
type Visit struct {
	// Followed: the payer knows where the browser went. A person does not tell.
	Followed bool
	// Landed is the address outside the bank that the browser was sent to,
	// letter for letter. Empty: the visit ended on a page of the bank.
	Landed string
	// Pages are the bank's pages in the order seen.
	Pages []Page
}

// Page is one page of the bank.
type Page struct {
	URL      string
	Status   int
	Lang     string
	Title    string
	Text     string
	CardForm bool // asks for a card number
	CanPay   bool // has a button that pays
}

// last is the page a visit ended on.
func (v Visit) last() Page {
	if len(v.Pages) == 0 {
		return Page{}
	}
	return v.Pages[len(v.Pages)-1]
}

// AskPayer asks a person: it prints the link and what to do, and goes on when
// Enter is pressed. It suits targets whose page is not made for machines.
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

// String tells a person what to do.
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
