package simulator

// Statuses of an order (order_status.key).
const (
	statusCreated         = "created"
	statusProcessing      = "processing"
	statusCompleted       = "completed"
	statusRejected        = "rejected"
	statusAuthRequested   = "auth_requested"
	statusBlocked         = "blocked"
	statusPartial         = "partial_completed"
	statusRefundRequested = "refund_requested"
	statusPartRefunded    = "refunded_partially"
	statusRefunded        = "refunded"
)

// Values of reject_reason other than the texts of response codes.
const (
	reasonExpiration = "expiration"
	reasonUnknown    = "unknown"
)

// bilingual is a text in both languages of the bank.
type bilingual struct{ KA, EN string }

func (w bilingual) in(lang string) string {
	if lang == "ka" {
		return w.KA
	}
	return w.EN
}

// statusTexts are the texts beside the status keys. Only Created, წარმატებული and
// დაბრუნებული were ever seen at the bank; the other wordings are ours.
var statusTexts = map[string]bilingual{
	statusCreated:         {"შექმნილი", "Created"},
	statusProcessing:      {"მუშავდება", "Processing"},
	statusCompleted:       {"წარმატებული", "Completed"},
	statusRejected:        {"უარყოფილი", "Rejected"},
	statusAuthRequested:   {"დადასტურება მოთხოვნილია", "Authorization requested"},
	statusBlocked:         {"თანხა დაბლოკილია", "Blocked"},
	statusPartial:         {"ნაწილობრივ წარმატებული", "Partially completed"},
	statusRefundRequested: {"დაბრუნება მოთხოვნილია", "Refund requested"},
	statusPartRefunded:    {"ნაწილობრივ დაბრუნებული", "Partially refunded"},
	statusRefunded:        {"დაბრუნებული", "Refunded"},
}

// methodTexts are the texts beside the keys of transfer_method. Only the Georgian text of
// card was ever seen at the bank.
var methodTexts = map[string]bilingual{
	"card":        {"ბარათით გადახდა", "Card payment"},
	"google_pay":  {"Google Pay", "Google Pay"},
	"apple_pay":   {"Apple Pay", "Apple Pay"},
	"bog_p2p":     {"ბანკის ავტორიზაციით გადახდა", "Payment with bank login"},
	"bog_loyalty": {"ქულებით გადახდა", "Payment with points"},
	"bnpl":        {"ნაწილ-ნაწილ გადახდა", "Buy now, pay later"},
	"bog_loan":    {"განვადება", "Instalment loan"},
	"gift_card":   {"სასაჩუქრე ბარათი", "Gift card"},
}

// refundFailed is the text of five codes of refunds that no source distinguishes.
var refundFailed = bilingual{"თანხის დაბრუნება ვერ შესრულდა. დაუკავშირდით ბარათის მომსახურე ბანკს", "Refund could not be completed. Contact the card issuer bank"}

// codeTexts are the texts that the bank sends with response codes. Every source
// paraphrases 122, 179 and the codes from 161 to 169, so their wording is ours.
var codeTexts = map[string]bilingual{
	"100": {"წარმატებული გადახდა", "Successful payment"},
	"101": {"გადახდა უარყოფილია, რადგან ბარათის გამოყენება შეზღუდულია. დეტალური ინფორმაციისთვის დაუკავშირდით ბარათის მომსახურე ბანკს",
		"Payment declined because card usage is limited. For detailed information, contact the card issuer bank"},
	"102": {"დამახსოვრებული ბარათი ვერ მოიძებნა", "Saved card wasn't found"},
	"103": {"გადახდა უარყოფილია, რადგან ბარათი არ არის ვალიდური", "Payment declined due to invalid card"},
	"104": {"გადახდა უარყოფილია ტრანზაქციის რაოდენობის ლიმიტის გადაჭარბების გამო", "Payment declined due to exceeding transaction limit"},
	"105": {"გადახდა უარყოფილია, რადგან ბარათი ვადაგასულია", "Payment declined because the card has expired"},
	"106": {"გადახდა უარყოფილია თანხის ლიმიტის გადაჭარბების გამო", "Payment declined due to exceeding the limit of the amount"},
	"107": {"გადახდა უარყოფილია ანგარიშზე არასაკმარისი თანხის გამო", "Payment declined due to insufficient funds in the account"},
	"108": {"გადახდის ავტორიზაციის უარყოფა", "Authentication Declined"},
	"109": {"დაფიქსირდა ტექნიკური ხარვეზი", "Technical Issue"},
	"110": {"ოპერაციის შესრულების დრო ამოიწურა", "Transaction Expired"},
	"111": {"გადახდის ავტორიზაციის დრო ამოიწურა", "Authentication timeout"},
	"112": {"საერთო შეცდომა", "General Error"},
	"122": {"გადახდა უარყოფილია მომსახურე ბანკის მიერ", "Payment declined by the acquirer"},
	"161": refundFailed,
	"162": {"თანხის დაბრუნება უარყო ბარათის გამცემმა ბანკმა", "Refund declined by the issuer"},
	"163": {"მერჩანტის ანგარიშზე არ არის საკმარისი თანხა", "Not enough funds available in the account"},
	"164": refundFailed,
	"165": refundFailed,
	"166": refundFailed,
	"167": {"თანხის დაბრუნება ვერ შესრულდა, რადგან ბარათი ვადაგასულია", "Refund declined because the card has expired"},
	"168": refundFailed,
	"169": {"თანხის დაბრუნება ვერ შესრულდა: ბარათი ვადაგასულია ან მისი მონაცემები არასწორია", "Refund declined because the card has expired or its details are wrong"},
	"179": {"უცნობი პასუხი", "Unknown Response"},
	"199": {"უცნობი პასუხი", "Unknown Response"},
	"200": {"წარმატებული პრეავტორიზაცია", "Successful preauthorization"},
}

// allMethods are the possible values of payment_method, in the order of the page.
var allMethods = []string{"card", "google_pay", "apple_pay", "bog_p2p", "bog_loyalty", "bnpl", "bog_loan", "gift_card"}
