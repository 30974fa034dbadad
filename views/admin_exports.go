package views

// AdminExports is admin/exports: the bookings of a period for the accountant, to print or as a
// file.
type AdminExports struct {
	AdminPage
	Form         Form   // its fields "from" and "to"
	Period       string // in words; "" if it could not be read
	From, To     string // in machine form, for the file
	Seller       Seller
	Days, Months []AdminBookingSum
	All          AdminBookingSum
	Shares       bool // makers have had shares: they can be taken out, too
}

// AdminBookingSum is a line of sums.
type AdminBookingSum struct {
	Name, Value                  string // the day or month, for people and in machine form
	Payments, Refunds            int
	Captured, Refunded, Net      string
	VAT                          string
	CapturedValue, RefundedValue int64
	NetValue, VATValue           int64
	Discount                     string // what the bank took off
	DiscountValue                int64
}

// FromField and ToField are the fields in which a period is chosen.
func (f Form) FromField() AdminField { return f.dayField("from", "admin.exports.from") }

// ToField is the last day of the period.
func (f Form) ToField() AdminField { return f.dayField("to", "admin.exports.to") }

// AdminSums is a table of sums: partials/admin_sums.
type AdminSums struct {
	Title, TestID string
	Rows          []AdminBookingSum
	All           AdminBookingSum
}

// MonthTable is the sums by month.
func (e AdminExports) MonthTable() AdminSums {
	return AdminSums{T(e.Lang, "admin.exports.by_month"), "sums-by-month", e.Months, e.All}
}

// DayTable is the sums by day.
func (e AdminExports) DayTable() AdminSums {
	return AdminSums{T(e.Lang, "admin.exports.by_day"), "sums-by-day", e.Days, e.All}
}
