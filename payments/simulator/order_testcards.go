package simulator

import (
	"strconv"
	"strings"
)

// card is what the bank stores of a card: neither the number nor the CVV.
type card struct {
	Masked     string `json:"masked"` // 400000***0001
	Brand      string `json:"brand"`  // visa, mc, amex
	Expiry     string `json:"expiry"` // MM/YY
	TestDigits string `json:"test"`   // the last four digits, which decide what happens
	Solo       bool   `json:"solo,omitempty"`
}

// behaviour is what happens when a test card pays.
type behaviour struct {
	Digits        string // last four digits
	Code          string // the response code of a payment: 100 or a decline
	LaterRejected bool   // refunds, approvals, cancellations and automatic charges fail
	RefundCode    string // the code with which refunds, and only they, are rejected
	ChargeCode    string // the code with which automatic charges, and only they, are declined
	Without3DS    bool   // 3-D Secure is left out
	DelayMS       int    // how long payments stay in processing; -1 means for ever
	Extra         bool   // not in the bank's sandbox, which has only 0001, 0002 and 0003
	Text          bilingual
}

// behaviours are the test cards by their last digits. 0001 to 0003 are the bank's own. The
// digits of most others are the response code; the README explains the rest.
var behaviours = []behaviour{
	{Digits: "0001", Code: "100", Text: bilingual{"გადახდა წარმატებულია", "Payment succeeds"}},
	{Digits: "0002", Code: "107", Text: bilingual{"არ არის საკმარისი თანხა (107)", "Declined: insufficient funds (107)"}},
	{Digits: "0003", Code: "100", LaterRejected: true, Text: bilingual{"გადახდა წარმატებულია, შემდგომი ოპერაციები უარყოფილია", "Payment succeeds, later operations are rejected"}},
	{Digits: "0010", Code: "100", Without3DS: true, Extra: true, Text: bilingual{"წარმატებულია 3-D Secure-ის გარეშე", "Succeeds without 3-D Secure"}},
	{Digits: "0020", Code: "100", DelayMS: 5000, Extra: true, Text: bilingual{"ნელი ბარათი: მუშავდება 5 წამს", "Slow card: processing for 5 seconds"}},
	{Digits: "0030", Code: "100", DelayMS: -1, Extra: true, Text: bilingual{"პასუხი არ მოდის: რჩება დამუშავებაში", "No answer: stays in processing"}},
	{Digits: "0101", Code: "101", Extra: true, Text: bilingual{"ბარათი შეზღუდულია (101)", "Declined: card usage limited (101)"}},
	{Digits: "0102", Code: "102", Extra: true, Text: bilingual{"შენახული ბარათი ვერ მოიძებნა (102)", "Declined: saved card not found (102)"}},
	{Digits: "0103", Code: "103", Extra: true, Text: bilingual{"ბარათი არ არის ვალიდური (103)", "Declined: invalid card (103)"}},
	{Digits: "0104", Code: "104", Extra: true, Text: bilingual{"ოპერაციების ლიმიტი ამოწურულია (104)", "Declined: transaction limit (104)"}},
	{Digits: "0105", Code: "105", Extra: true, Text: bilingual{"ბარათი ვადაგასულია (105)", "Declined: card expired (105)"}},
	{Digits: "0106", Code: "106", Extra: true, Text: bilingual{"თანხის ლიმიტი გადაჭარბებულია (106)", "Declined: amount limit (106)"}},
	{Digits: "0108", Code: "108", Extra: true, Text: bilingual{"ავტორიზაცია უარყოფილია (108)", "Authentication declined (108)"}},
	{Digits: "0109", Code: "109", Extra: true, Text: bilingual{"ტექნიკური ხარვეზი (109)", "Technical issue (109)"}},
	{Digits: "0110", Code: "110", Extra: true, Text: bilingual{"ოპერაციის დრო ამოიწურა (110)", "Transaction expired (110)"}},
	{Digits: "0111", Code: "111", Extra: true, Text: bilingual{"ავტორიზაციის დრო ამოიწურა (111)", "Authentication timeout (111)"}},
	{Digits: "0112", Code: "112", Extra: true, Text: bilingual{"საერთო შეცდომა (112)", "General error (112)"}},
	{Digits: "0122", Code: "122", Extra: true, Text: bilingual{"უარყოფილია მომსახურე ბანკის მიერ (122)", "Declined by the acquirer (122)"}},
	{Digits: "0199", Code: "199", Extra: true, Text: bilingual{"უცნობი პასუხი (199)", "Unknown response (199)"}},
	{Digits: "0161", Code: "100", RefundCode: "161", Extra: true, Text: bilingual{"თანხის დაბრუნება უარყოფილია (161)", "Refunds rejected: could not be completed (161)"}},
	{Digits: "0162", Code: "100", RefundCode: "162", Extra: true, Text: bilingual{"დაბრუნებას ბარათის ბანკი უარყოფს (162)", "Refunds rejected: declined by the issuer (162)"}},
	{Digits: "0163", Code: "100", RefundCode: "163", Extra: true, Text: bilingual{"მაღაზიის ანგარიშზე თანხა არ არის (163)", "Refunds rejected: no money on the merchant's account (163)"}},
	{Digits: "0164", Code: "100", RefundCode: "164", Extra: true, Text: bilingual{"თანხის დაბრუნება უარყოფილია (164)", "Refunds rejected: could not be completed (164)"}},
	{Digits: "0165", Code: "100", RefundCode: "165", Extra: true, Text: bilingual{"თანხის დაბრუნება უარყოფილია (165)", "Refunds rejected: could not be completed (165)"}},
	{Digits: "0166", Code: "100", RefundCode: "166", Extra: true, Text: bilingual{"თანხის დაბრუნება უარყოფილია (166)", "Refunds rejected: could not be completed (166)"}},
	{Digits: "0167", Code: "100", RefundCode: "167", Extra: true, Text: bilingual{"დაბრუნებისას ბარათი უკვე ვადაგასულია (167)", "Refunds rejected: card expired (167)"}},
	{Digits: "0168", Code: "100", RefundCode: "168", Extra: true, Text: bilingual{"თანხის დაბრუნება უარყოფილია (168)", "Refunds rejected: could not be completed (168)"}},
	{Digits: "0169", Code: "100", RefundCode: "169", Extra: true, Text: bilingual{"დაბრუნებისას ბარათი ვადაგასულია ან მონაცემები მცდარია (169)", "Refunds rejected: card expired or details wrong (169)"}},
	{Digits: "0179", Code: "100", RefundCode: "179", Extra: true, Text: bilingual{"დაბრუნებაზე უცნობი პასუხი მოდის (179)", "Refunds rejected: unknown response (179)"}},
}

// refundCodes are the response codes of docs/bog-api.md §16 with which a refund can be rejected.
var refundCodes = func() (codes []string) {
	for _, b := range behaviours {
		if b.RefundCode != "" {
			codes = append(codes, b.RefundCode)
		}
	}
	return codes
}()

func behaviourOf(digits string) (behaviour, bool) {
	for _, b := range behaviours {
		if b.Digits == digits {
			return b, true
		}
	}
	return behaviour{}, false
}

// testPrefixes are the beginnings of test cards; zeros and four digits follow. The bank's
// documents abbreviate the Amex numbers; that they have 15 digits is our reading.
var testPrefixes = []struct {
	Prefix, Brand string
	Length        int
	Solo          bool // the bank's Solo product, which campaigns name; the prefix is made up
}{
	{"4000", "visa", 16, false},
	{"5300", "mc", 16, false},
	{"5301", "mc", 16, true},
	{"3700", "amex", 15, false},
}

// testCard returns the test card with this number. Every other number is refused, so that
// nobody can "pay" here with the number of a real card.
func testCard(number string) (card, behaviour, bool) {
	for _, p := range testPrefixes {
		if len(number) != p.Length || !strings.HasPrefix(number, p.Prefix) {
			continue
		}
		last := number[p.Length-4:]
		if strings.Trim(number[4:p.Length-4], "0") != "" {
			continue
		}
		does, known := behaviourOf(last)
		return card{Masked: number[:6] + "***" + last, Brand: p.Brand, TestDigits: last, Solo: p.Solo}, does, known
	}
	return card{}, behaviour{}, false
}

// cardDigits removes the spaces and dashes that people type or paste.
func cardDigits(typed string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "", "\u2009", "", "\t", "").Replace(typed)
}

func onlyDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// parseExpiry reads MM/YY, MMYY, M/YY and MM/YYYY, with or without spaces.
func parseExpiry(typed string) (month, year int, ok bool) {
	text := cardDigits(strings.NewReplacer("/", " / ", ".", " / ").Replace(typed))
	m, y, split := strings.Cut(text, "/")
	if !split && (len(text) == 3 || len(text) == 4) {
		m, y = text[:len(text)-2], text[len(text)-2:]
	}
	if len(y) == 4 && strings.HasPrefix(y, "20") {
		y = y[2:]
	}
	if !onlyDigits(m) || !onlyDigits(y) || len(m) > 2 || len(y) != 2 {
		return 0, 0, false
	}
	month, _ = strconv.Atoi(m) // both are one or two digits
	year, _ = strconv.Atoi("20" + y)
	return month, year, month >= 1 && month <= 12
}
