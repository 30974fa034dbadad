package views

// AdminOrders is admin/orders: the list of all orders.
type AdminOrders struct {
	AdminPage
	Search   AdminField
	Fields   []AdminField // the filter
	Wrong    bool         // something in the filter cannot be read
	Filtered bool
	Rows     []AdminOrderRow
	Count    string // "" where it is not known
	CSV      string // where the list can be downloaded; "": not by them

	Newest, Newer, Older string // addresses of other pages of the list, "" at the ends
}

// AdminOrderRow is an order in the list.
type AdminOrderRow struct {
	Number, URL   string
	Time, Machine string
	Customer      string
	Amount        string
	AmountTetri   int64
	Status        AdminState
	Money         string // what differs from the amount: captured in part, refunded; "" if nothing does
	Card          string
	Fulfilment    AdminState
	Delivery      string
	UnderReview   bool
	Notes         string // how many; "" without any
}

// orderStateKinds are the colours of states.
var orderStateKinds = map[string]string{
	"paid": "good", "on_hold": "info", "confirming": "info", "awaiting_payment": "info", "review": "bad", "refund_requested": "warn",
	"declined": "bad", "partly_refunded": "warn",
}

// OrderState is the status of an order for staff.
func OrderState(lang, status string) AdminState {
	return AdminState{Status: status, Name: StatusName(lang, status), Tone: orderStateKinds[status]}
}

// fulfilmentKinds are the colours of where the goods are.
var fulfilmentKinds = map[string]string{
	"waiting": "warn", "packed": "info", "ready": "info", "sent": "info", "delivered": "good", "handed_over": "good",
}

// FulfilmentState is where the goods of an order are, for staff.
func FulfilmentState(lang, fulfilment string) AdminState {
	return AdminState{Status: fulfilment, Name: T(lang, "admin.orders.fulfilment."+fulfilment), Tone: fulfilmentKinds[fulfilment]}
}
