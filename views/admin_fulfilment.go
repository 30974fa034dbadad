package views

// AdminFulfilment is what staff see of, and do with, the goods of an order. On the order's own
// page it is admin/order_fulfilment.
type AdminFulfilment struct {
	Lang, Token, Number string
	Status              string // of fulfilment, in machine words
	StatusText          string
	Problem             string // why the last form was refused; "" if none was
	Blocked             string // why nothing more leaves the shop; "" if something may
	Received            string // when the last of it was received, and by whom; "" before
	Adult               bool   // something in it is for adults only

	CanPack, CanSend, CanReady, CanHandOver, CanCancel, CanReturn, CanPrint bool

	Seen     int // parcels when the page was made
	Left     []AdminUnits
	LeftBad  string // what is wrong with the units of a parcel
	Carriers []string
	Ship     []AdminField // carrier, number, link
	HandOver []AdminField // day, to
	Parcels  []AdminParcel
	Returns  []AdminReturnRow

	Proof      string     // where staff confirm that it is them before money moves; "" if they have
	Cancel     AdminField // the reason
	CancelText string     // what becomes of the money
	Kept       *AdminKept // what makers keep of it; nil: nothing
	Announce   []AdminUnits
	AnnounceBy AdminField // the reason
	AnnounceID string     // of the form, so that it is one return however often it is sent
}

// AdminUnits is a line of an order of which units are chosen.
type AdminUnits struct {
	Position      int
	Name, Measure string
	Quantity      int // in the order
	Max           int // that can be chosen
	Value         string
	Note          string // such as why a customer cannot withdraw from it
}

// AdminParcel is a parcel of an order.
type AdminParcel struct {
	Number             int
	Status, StatusText string
	Tone               string // of its sign: "good", "warn", "info"
	Carrier            string
	Tracking, Link     string
	Lines              []string
	Sent, Delivered    string // with who took it
	CanMove            bool   // it is on its way
	Deliver            []AdminField
}

// AdminReturnRow is a return in a list.
type AdminReturnRow struct {
	ID                 int64
	Number             string // of the order
	Name               string
	Status, StatusText string
	Tone               string
	Units              string
	Announced          string
	Due                string // the day
	DueText            string // how many days are left
	Days               int    // the same as a number, negative when it is overdue
	Amount             string // refunded; "" before
	AmountTetri        int64
}

// AdminParcelForm is admin/parcel.
type AdminParcelForm struct {
	AdminPage
	Number string
	Parcel int
	Form   Form
	Fields []AdminField
}

// AdminPacking is admin/packing.
type AdminPacking struct {
	AdminPage
	Waiting []AdminPackingOrder
	Packed  []AdminPackingOrder
	More    string // address of the next page; "" on the last
	Count   string
}

// AdminPackingOrder is an order in the list of what is to be packed.
type AdminPackingOrder struct {
	Number   string
	Name     string
	Delivery string
	City     string
	Placed   string // the time
	Note     string
	OnHold   bool
	Adult    bool
	CanPrint bool
	Lines    []AdminPackingLine
}

// AdminPackingLine is what is to be put into a box.
type AdminPackingLine struct {
	Name, Measure, Picture, Tint string
	Units                        int
}

// AdminSlip is admin/slip: what lies in the box. It has no prices, because the box may be a gift.
type AdminSlip struct {
	AdminPage
	Number, Placed, Delivery  string
	Recipient, Phone, Address string
	Note                      string
	Adult                     bool
	Lines                     []AdminPackingLine
	Seller                    Seller
	Parcels                   []AdminParcel
}

// AdminLabel is admin/label: the address on the box.
type AdminLabel struct {
	AdminPage
	Number, Delivery     string
	Recipient, Phone     string
	Region, City, Street string
	Adult                bool
	Seller               Seller
}

// AdminReturns is admin/returns.
type AdminReturns struct {
	AdminPage
	List  []AdminReturnRow
	Count string
}

// AdminReturn is admin/return: a return that staff book.
type AdminReturn struct {
	AdminPage
	Return      AdminReturnRow
	Form        Form
	Reason      string // the customer's
	ByStaff     bool
	Waiting     bool
	Proof       string // see AdminFulfilment
	Lines       []AdminReturnLine
	Bad         string // what is wrong with the units
	Note        AdminField
	Refund      string     // the most that goes back
	Whole       string     // says whether the delivery price goes back
	WhyRejected string     // why units were not taken back; "" if all were
	Kept        *AdminKept // what makers keep of the refund; nil: nothing
}

// AdminReturnLine is a line of a return.
type AdminReturnLine struct {
	Position      int
	Name, Measure string
	Quantity      int
	Price         string // of one unit
	Restock       string
	WriteOff      string
	Rejected      int
}
