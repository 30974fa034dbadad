package planted

// Where the faults are and whose tests look for them.
const (
	client = "payments/bog"
	desk   = "payments"
	store  = "models"
	bank   = "payments/simulator"
	pages  = "handlers"
	shop   = "." // the program
)

var faults = []fault{
	// What the client sends.
	{"a tag is misspelt", client + "/order.go", "json:\"total_amount\"", "json:\"total_amout\"", client, "TestEncodeOrderEveryField"},
	{"amounts are sent as strings", client + "/amount.go", "return a.appendText(nil, true), nil", "return []byte(`\"` + string(a.appendText(nil, true)) + `\"`), nil", client, "TestAmountWrites"},
	{"a new key for every attempt", client + "/transport.go", `set("Idempotency-Key", r.key)`, `set("Idempotency-Key", NewIdempotencyKey())`, client, "TestRepeatsWithTheSameKeyAndBytes"},
	{"the key need not be version 4", client + "/transport.go", "} else if !IsIdempotencyKey(r.key) {", "} else if false {", client, "TestCreateOrderRefusesToSend"},
	{"a refusal is repeated", client + "/transport.go", "return max(wait, e.RetryAfter), again(e.Status)", "return max(wait, e.RetryAfter), true", client, "TestDoesNotRepeatRefusals"},
	{"a 401 is repeated without end", client + "/transport.go", "e.Status == http.StatusUnauthorized && !renewed {", "e.Status == http.StatusUnauthorized && (!renewed || attempt < 50) {", client, "TestUnauthorisedTwice"},
	{"JSON is not asked for", client + "/transport.go", `set("Accept", "application/json")`, "", client, "TestCreateOrder"},
	{"redirects are followed", client + "/client.go", "c.http.CheckRedirect = func", "_ = func", client, "TestRedirectsAreNotFollowed"},
	{"any answer is taken for JSON", client + "/transport.go", "case !isJSON(a.contentType):", "case false:", client, "TestAnswersToCreate"},
	{"doubt is forgotten after a refusal", client + "/transport.go", "final := withDoubt(err, doubt)", "final := err", client, "TestDoubtOutlivesARefusal"},
	{"a refund of nothing gives back everything", client + "/validate.go", `c.check(amount != 0 || all, "amount"`, `c.check(true, "amount"`, client, "TestCallsRefuseNonsense"},
	{"the language is left to the HTTP library", client + "/order.go", "cmp.Or(options.Language, Georgian)", `cmp.Or(options.Language, "")`, client, "TestCreateOrderRawSendsTheStoredBytes"},
	{"refused access is final", client + "/errors.go", `!IsAccessRefused(err) && e.Message != ""`, `e.Message != ""`, client, "TestRefused"},
	{"secrets are observed", client + "/secrets.go", "return secrets.ReplaceAll(body, []byte(`\"$1\":\"`+struckOut+`\"`))", "return body", client, "TestNoSecretGetsOut"},
	{"a token is shown that the bank repeats", client + "/transport.go", "hidden := c.veil(token, r.body)", "hidden := c.veil(\"\", r.body)", client, "TestNoSecretGetsOut"},

	// What the client reads.
	{"amounts pass through floats", client + "/amount.go", "u, err := strconv.ParseUint(digits, 10, 64)", "x, err := strconv.ParseFloat(s, 64)\n\tu := uint64(x * 100)", client, "TestAmountReads"},
	{"a third decimal is dropped", client + "/amount.go", "if digits[len(digits)-1] != '0' {", "if false {", client, "TestAmountRefuses"},
	{"milliseconds are read as seconds", client + "/token.go", "life = time.UnixMilli(int64(n)).Sub(now)", "life = time.Duration(n) * time.Second", client, "TestTokenLifetimes"},
	{"every caller fetches a token", client + "/token.go", "t.flight == nil && (!good || !now.Before(t.renew))", "!good || !now.Before(t.renew)", client, "TestOneFetchForAll"},
	{"a revoked token is kept", client + "/token.go", "if t.value == value {", "if false {", client, "TestRevokedToken"},
	{"the signature covers JSON written anew", client + "/callback.go", "sum := sha256.Sum256(body)\n\tfor", "var any map[string]any\n\t_ = json.Unmarshal(body, &any)\n\tbody, _ = json.Marshal(any)\n\tsum := sha256.Sum256(body)\n\tfor", client, "TestVerify"},
	{"no signature is a good one", client + "/callback.go", "return ErrSignatureMissing", "return nil", client, "TestVerify"},
	{"only the first key counts", client + "/callback.go", "for _, key := range v.keys {\n\t\tif rsa", "for _, key := range v.keys[:1] {\n\t\tif rsa", client, "TestVerify"},
	{"a callback is parsed before it is verified", client + "/handler.go", "return body, http.StatusUnauthorized, err", "_ = err", client, "TestCallbackHandler"},

	// What the shop makes of it.
	{"a held sum counts as paid", desk + "/settle.go", "return models.PaymentHeld", "return models.PaymentPaid", desk, "TestWhatTheBanksStatusMeansToTheShop"},
	{"the amount is not compared", store + "/settle.go", "case r.Asked != p.AskedTetri:", "case false:", store, "TestSettleComparesBeforeItBelieves"},
	{"the currency is not compared", store + "/settle.go", "case r.Currency != p.Currency:", "case false:", store, "TestSettleComparesBeforeItBelieves"},
	{"the order number is not compared", store + "/settle.go", "case r.OrderNumber != o.Number:", "case false:", store, "TestSettleComparesBeforeItBelieves"},
	{"a forged callback is believed", desk + "/callback.go", "d.noteForged(ctx, err, headers)\n\t\treturn err", "d.noteForged(ctx, err, headers)", desk, "TestCallbacksThatMustNotCount"},
	{"a start is repeated under a new key", desk + "/start.go", "IdempotencyKey: p.IdempotencyKey}", "IdempotencyKey: uuid.NewString()}", desk, "TestLostAnswerIsFoundByTheWorker"},
	{"pieces of an order that is over stay reserved", store + "/stock.go", "SET reserved = reserved - ? WHERE", "SET reserved = reserved - 0 * ? WHERE", store, "TestAnythingInAnyOrder"},

	// What comes after the payment.
	{"paid orders are not looked at again", store + "/due.go", "case PaymentPaid, PaymentPartRefunded:\n\t\tnext = p.laterLook(now)", "case PaymentPaid, PaymentPartRefunded:", desk, "TestARefundAtTheConsoleIsFoundWithoutItsCallback"},
	{"what ended without money is not looked at again", store + "/due.go", "} else {\n\t\t\tnext = p.laterLook(now)\n\t\t}", "}", desk, "TestMoneyTakenAfterADeclineOrAnExpiryIsFoundWithoutItsCallback"},
	{"an unknown status ends the asking", store + "/settle.go", "return askSoon(tx, now, p)\n\t}\n\tfollow :=", "return scheduleCheck(tx, now, p)\n\t}\n\tfollow :=", store, "TestNoLookEndsWithoutAnAnswer"},
	{"the looks of later days keep units", store + "/settle.go", "p.next_check_at <= ?) LIMIT", "p.next_check_at IS NOT NULL AND ? <> '') LIMIT", store, "TestMoneyAfterALostDeclineIsFoundDaysLater"},
	{"our clock counts more than the bank's word", store + "/settle.go", "follow = s.reopen", "_ = s.reopen", store, "TestWhatWeGaveUpIsTakenUpAgainWhenTheBankSaysItIsOpen"},
	{"an older reading opens what has ended", store + "/settle.go", "if news && r.State.open()", "if (news || true) && r.State.open()", store, "TestAnOlderReceiptOpensNothing"},
	{"nobody is told of what stays undecided", store + "/undecided.go", "case now.After(since):", "case false:", desk, "TestAPaymentThatStaysInProcessingIsReviewed"},
	{"a page of the edge ends a refund", desk + "/refund.go", "case bog.RefusedForGood(err):", "case bog.Refused(err):", desk, "TestNoVerdictOfTheEdgeEndsARefund"},
	{"a refund is driven again under its old key", store + "/refund.go", "RefundStarting, uuid.NewString(), r.AmountTetri", "RefundStarting, r.IdempotencyKey, r.AmountTetri", desk, "TestARejectedRefundCanBeDrivenAgain"},
	{"a rejected refund makes the order a paid one", store + "/settle.go", "owesRefund(tx, p); owes || err", "owesRefund(tx, p); owes && false || err", store, "TestARejectedRefundDeliversNothing"},
	{"a want of settled money is left to staff", desk + "/refund.go", "again = refundAgain", "_ = refundAgain", desk, "TestARefundThatLacksSettledMoneyIsTriedAgainByItself"},
	{"a refund is told to nobody", store + "/refund.go", "return s.queueMailAbout(tx, now, o, p, MailRefunded, refundedNow(p.RefundedTetri-booked, p.RefundedTetri))", "return nil", store, "TestEveryRefundIsToldOnce"},
	{"a second charge is told to nobody", store + "/settle.go", "return s.queueMail(tx, now, o, p, MailPaidTwice)", "return nil", desk, "TestASecondChargeIsToldAtOnce"},
	{"a refusal that the worker got is told to nobody", desk + "/start.go", "slices.Contains(byShopper, cause)", "(cause != \"\" || slices.Contains(byShopper, cause))", desk, "TestARefusalThatTheWorkerGetsIsTold"},
	{"review items do not heal", store + "/review.go", "err != nil || ongoing == 0 {", "err != nil || ongoing >= 0 {", store, "TestOddAnswersHealByThemselves"},
	{"what staff have resolved never comes up again", store + "/review.go", "AND kind = ? AND over_at IS NULL`, r.Happening", "AND kind = ? ORDER BY id DESC LIMIT 1`, r.Happening", store, "TestResolvedItemsComeUpAgainOnlyWhenItHappensAgain"},
	{"what staff have resolved comes up at every look", store + "/review.go", "case err != nil || same:", "case err != nil || same && !resolved:", store, "TestResolvedItemsComeUpAgainOnlyWhenItHappensAgain"},
	{"a review item is logged before it is committed", store + "/review.go", "afterCommit(tx, func() {\n\t\ts.Log.Warn(", "func(f func()) { f() }(func() {\n\t\ts.Log.Warn(", store, "TestAReviewItemIsLoggedOnceCommitted"},
	{"a repeated message is taken for worked on", store + "/journal.go", "due, err := s.isDue(ctx, c.BankOrderID); due || err != nil {", "_, err := s.isDue(ctx, c.BankOrderID); true {", store, "TestCallbackIsStoredOnceAndMakesItsPaymentDue"},
	{"a page fails because nothing can be written", pages + "/session.go", "unsaved != nil && c.Method() == fiber.MethodGet", "false", pages, "TestPagesThatOnlyTellNeedNoWrite"},

	// What it makes of saved cards.
	{"a card is kept in another way than was agreed", store + "/saved_card.go", "if r.SavedCard != p.Mark {", "if false {", store, "TestACardIsKeptAsAgreed"},
	{"a guest's consent is taken", store + "/checkout.go", "c.CustomerID == nil || c.CardID != 0 ||", "c.CardID != 0 ||", desk, "TestAGuestSavesNoCard"},
	{"the mark comes after the shopper has gone", desk + "/start.go", "return answer.RedirectURL, d.mark(ctx, p)", "return answer.RedirectURL, nil", desk, "TestACardIsSavedOnlyWithConsentAndOnceTheReceiptSaysSo"},
	{"a mark that fails stops the payment", desk + "/cards.go", "state = models.MarkFailed\n", "return err\n", desk, "TestTheMarkNeverKeepsAnybodyFromPaying"},
	{"the second click charges again", store + "/reorder_place.go", "if again.LastID() != r.Last || again.Pending() {", "if false {", desk, "TestAnyNumberOfClicksIsOneCharge"},
	{"an undecided repeat is repeated", store + "/reorder_place.go", "again.LastID() != r.Last || again.Pending()", "again.LastID() != r.Last", desk, "TestALostAnswerIsNotASecondCharge"},
	{"the fixed total is not compared", store + "/reorder.go", "case *c.FixedTetri != r.Total:", "case false:", store, "TestWhenOneClickIsPossible"},
	{"the total that was shown is not compared", store + "/reorder_place.go", "changed := again.Fingerprint() != r.Fingerprint || ", "changed := ", desk, "TestARepeatOnTheBanksPage"},
	{"somebody else's order is repeated", store + "/reorder_place.go", "if of.CustomerID == nil || *of.CustomerID != r.CustomerID {", "if of.CustomerID == nil {", store, "TestSomebodyElsesOrderCannotBeRepeated"},
	{"a card pays for any order of its total", store + "/reorder.go", "AND order_id IN (SELECT id FROM orders WHERE id = ? OR root_id = ?)\",\n\t\t*r.Of.CustomerID, Subscription, r.Of.Root(), r.Of.Root())", "\", *r.Of.CustomerID, Subscription)", store, "TestTheConsentIsForOneOrder"},
	{"“started” is the result", store + "/payment.go", "to = PaymentProcessing // nobody has to do anything more", "to = PaymentPaid", desk, "TestBuyAgainWithOneClick"},
	{"a charge without an answer is called off", store + "/due.go", "to = PaymentProcessing\n", "to = PaymentExpired\n", desk, "TestAChargeThatIsNeverAnsweredGoesBeforeStaff"},
	{"refused access ends a charge", desk + "/start.go", "if bog.RefusedForGood(err) {", "if bog.Refused(err) {", desk, "TestRefusedAccessDoesNotEndACharge"},
	{"edge pages end a charge", client + "/errors.go", `e.Status/100 == 4 && strings.Contains(e.ContentType, "html")`, "false", desk, "TestRefusedAccessDoesNotEndACharge"},
	{"equal totals pass for equal goods", store + "/reorder.go", "[]any{r.lines(), r.Delivery, r.Total}", "[]any{r.Total}", store, "TestTheSameTotalOfOtherGoodsIsAskedAgain"},
	{"an undecided order holds only its own page", store + "/reorder.go", "o.Root(), AwaitingPayment,", "o.ID, AwaitingPayment,", store, "TestAnUndecidedOrderHoldsItsWholeRow"},
	{"what a repeat replaces can be paid as well", store + "/reorder_place.go", "range again.replaces() {", "range again.replaces()[:0] {", store, "TestWhatCameToNothingGivesWay"},
	{"a refused charge is told to nobody", store + "/payment.go", "(!watched || p.Kind == Automatic)", "!watched", store, "TestARefusedChargeIsToldByMail"},
	{"a stale page pays a declined repeat", desk + "/reorder.go", "return o, p.PayPage(), nil", "payAt, err := d.Pay(ctx, o, r.CardID)\n\treturn o, payAt, err", desk, "TestAStalePageDoesNotPayADeclinedRepeat"},
	{"a charge is asked for twice at once", desk + "/settle.go", " || p.Kind == models.Automatic && d.justPlaced(p)", "", desk, "TestNobodyElseMakesACallThatIsOnItsWay"},
	{"an old session pays with a saved card", pages + "/checkout.go", "who != nil && !a.proved(who) {", "false {", pages, "TestAnOldSessionDoesNotPayWithASavedCard"},
	{"a card is only removed here", desk + "/cards.go", "return d.forget(ctx, c)\n", "return d.store.CardForgotten(ctx, c.ID)\n", desk, "TestRemovingACardReachesTheBankFirst"},
	{"a card the bank has forgotten stays", desk + "/cards.go", "err == nil || bog.IsCardNotFound(err) || bog.IsNotFound(err)", "err == nil", desk, "TestACardTheBankHasForgottenIsRemovedAllTheSame"},

	// What stops the start, and what the program as a whole keeps.
	{"a path in the shop's address is let through", shop + "/config_check.go", `case u.Path != "" && u.Path != "/":`, "case false:", shop, "TestTheShopsAddressIsAnOrigin"},
	{"everybody is one visitor to the limits", shop + "/config_check.go", `case !c.simulated() && len(c.Proxies) == 0 && c.ProxyHeader == "":`, "case false:", shop, "TestUnsafeSettingsAreNamedAllAtOnce"},
	{"a live shop need not say who sells", shop + "/config_check.go", `if required && s.value == "" {`, "if false {", shop, "TestUnsafeSettingsAreNamedAllAtOnce"},
	{"only the last of the bank's keys counts", shop + "/config_check.go", "keys = append(keys, key)", "keys = []string{key}", shop, "TestCallbackKeys"},
	{"another bank's database is taken", store + "/owner.go", "case is.Bank != o.Bank:", "case false:", shop, "TestOneDatabaseBelongsToOneBank"},
	{"another merchant's database is taken", store + "/owner.go", "case is.Merchant != o.Merchant:", "case false:", shop, "TestOneDatabaseBelongsToOneBank"},
	{"nobody owns a database", shop + "/database.go", "err = store.Claim(ctx, owner)", "_ = owner", shop, "TestTheRealBanksDatabaseIsNoPlayground"},
	{"an edited migration is not noticed", store + "/schema.go", "case hash != want:", "case hash != want && false:", shop, "TestADatabaseOfOtherTablesIsRefused"},
	{"tables from before are not looked at", store + "/schema.go", "return true, c.compare(ctx, newest)", "return true, nil", shop, "TestADatabaseOfOtherTablesIsRefused"},
	{"two processes serve one file", store + "/lock.go", "if err == nil && !locked {", "if false && !locked {", shop, "TestOneProcessServesOneFile"},
	{"others can read the database", store + "/lock.go", "err = os.Chmod(name, 0o600)", "", shop, "TestNobodyElseReadsTheFiles"},
	{"the shop's clock stays when the bank's is moved", shop + "/serve.go", "store.Now = bank.now", "", shop, "TestTheShopsClockIsMovedTogetherWithTheBanks"},
	{"a bank with a new key is not believed", shop + "/serve_bank.go", "!errors.Is(err, bog.ErrNoCallbackKey) && !errors.Is(err, bog.ErrSignatureMismatch)", "!errors.Is(err, bog.ErrNoCallbackKey)", shop, "TestTheSimulatedBankCanBeAnotherProcess"},
	{"a full disk is a mistake of ours", store + "/errors.go", "readOnly, ioError, full, cannotOpen:", "readOnly, ioError, cannotOpen:", store, "TestWhatKeepsTheDatabaseFromWorking"},
	{"who has an account can be measured", store + "/account.go", "return s.enqueue(tx, ResetJob{Email: email})", "if _, err := customerByEmail(tx, email); err != nil {\n\t\t\treturn nil\n\t\t}\n\t\treturn s.enqueue(tx, ResetJob{Email: email})", store, "TestAskResetIsTheSameWorkForEveryAddress"},
	{"what begins like the account is the account", pages + "/routes.go", `r.Group(p+"/account/", a.customersOnly)`, `r.Group(p+"/account", a.customersOnly)`, pages, "TestAddressesThatBeginLikeTheAccount"},

	// What the simulated bank answers.
	{"a key of any version will do", bank + "/api.go", `if header != "" && !isUUID4(header) {`, "if false {", bank, "TestS21_06_IdempotencyKeyMustBeABareUUID4"},
	{"a repeated call is carried out again", bank + "/api.go", "if old, known := b.answers[key]; known {", "if old, known := b.answers[key]; known && false {", bank, "TestS21_06_IdempotencyReplaysStatusAndBody"},
	{"one key serves every call", bank + "/api.go", `key = c.r.Method + " " + c.r.URL.Path + " " + strings.ToLower(header)`, "key = strings.ToLower(header)", bank, "TestS21_06_IdempotencyIsPerEndpoint"},
	{"credentials in the form are taken", bank + "/token.go", "if !ok && settings.FormCredentials {", "if !ok {", bank, "TestS21_04_TokenTakesBasicAndFormOnly"},
	{"dead tokens go on working", bank + "/token.go", "return !revoked && b.now().Before(token.ends)", "return !revoked", bank, "TestS21_04_TokenLivesShortly"},
	{"trailing zeros are kept", bank + "/money.go", "if cents%10 == 0 {", "if false {", bank, "TestS21_08_ReceiptOfANewOrderIsByteExact"},
	{"local dates are in UTC", bank + "/receipt.go", `return t.In(tbilisi).Format("2006-01-02T15:04:05.000000")`, `return t.UTC().Format("2006-01-02T15:04:05.000000")`, bank, "TestS21_08_ReceiptOfANewOrderIsByteExact"},
	{"no actions are an empty list", bank + "/receipt.go", "for _, a := range o.Actions {", "r.Actions = []receiptAction{}\n\tfor _, a := range o.Actions {", bank, "TestS21_08_ReceiptOfANewOrderIsByteExact"},
	{"ampersands are escaped", bank + "/receipt.go", "encoder.SetEscapeHTML(false)", "", bank, "TestS21_18_CallbackIsByteExactAndSigned"},
	{"an unknown order is 404", bank + "/receipt.go", `return refuse(http.StatusBadRequest, "Invalid order_id")`, `return refuse(http.StatusNotFound, "Invalid order_id")`, bank, "TestS21_09_ReceiptOfAnUnknownOrderIs400"},
	{"the order's id is added to the redirect", bank + "/page.go", `w.Header()["Location"] = []string{address}`, `w.Header()["Location"] = []string{address + "?id=1"}`, bank, "TestS21_17_PagePaysThrough3DSecureAndRedirectsVerbatim"},
	{"204 counts as received", bank + "/deliver.go", "case status == http.StatusOK,", "case status/100 == 2,", bank, "TestS21_21_CallbackSuccessIsExactly200AndThereAreNoRetries"},
	{"more is refunded than was taken", bank + "/actions.go", "case amount > o.left():", "case amount > o.Taken:", bank, "TestS21_12_RefundInPartsAddsUp"},
	{"a mark after the payment counts", bank + "/savedcards.go", "case o.Status != statusCreated:", "case false:", bank, "TestS21_14_SaveCardMarksCountOnlyBeforePayment"},
	{"a charge is never a hold", bank + "/savedcards.go", "capture := parent.Capture", `capture := "automatic"`, bank, "TestAnAutomaticChargeInheritsCapture"},
	{"a forgotten card can be charged", bank + "/savedcards.go", "o.Forgotten = true", "", bank, "TestS21_14_SubscribeFailsWith102WithoutASavedCard"},
	{"the two kinds of saved cards are one", bank + "/savedcards.go", "o.SavedType != kind ||", `o.SavedType == "" ||`, bank, "TestS21_14_SubscribeFailsWith102WithoutASavedCard"},
}
