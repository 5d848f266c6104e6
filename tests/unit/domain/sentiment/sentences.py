"""Sentences of our own, and how a person reads them."""

POSITIVE = """
The company beat estimates for the fifth quarter in a row.
Net profit rose 12 percent on strong demand.
Shares surged after the drug won approval.
Operating costs fell by a tenth.
The bank raised its dividend again.
Losses narrowed sharply in the second half.
Margins expanded as energy costs eased.
Analysts upgraded the stock to buy.
Unemployment dropped to its lowest level in years.
The retailer lifted its outlook after a record holiday season.
Cash flow improved and debt was reduced.
Inflation cooled for the third month.
The airline returned to profitability.
Orders climbed to a record.
Revenue grew faster than anybody had forecast.
The merger won approval from both regulators.
Customers praised the new model, and bookings soared.
The insurer said claims declined.
Its pipeline is robust and momentum is accelerating.
The settlement is a relief for investors.
The stock rallied to an all-time high.
Exports rebounded in March.
The start-up secured its largest contract yet.
Default rates fell across the portfolio.
Production rose and downtime decreased.
The chipmaker outperformed its peers.
The board approved a large buyback.
Guidance was raised for the full year.
Churn fell to a new low.
The turnaround is a success.
Wages grew and hiring increased.
Better margins boosted earnings.
The utility cut its emissions and its costs.
The fund outpaced its benchmark.
Consumer confidence improved.
The lawsuit was settled on favorable terms.
Subscribers doubled within a year.
The factory delivered an impressive quarter.
The company does not expect any loss.
There is no sign of weakness in the order book.
Volumes were solid and pricing was better.
The group is confident about next year.
Interest expense decreased after the refinancing.
The brand keeps winning market share and prices rise.
The offering was oversubscribed.
Profit surpassed the guidance.
The trial met its goal, a breakthrough for patients.
Delays shrank as the new hub opened.
Delinquencies declined in every region.
The economy is resilient and exports grow.
Sales jumped in every segment.
The rating agency upgraded the bonds.
Management is optimistic about demand.
Same-store sales increased.
The deal is attractive for both sides.
The company paid down debt ahead of plan.
Free cash flow doubled.
The miner's output rose to a record.
Shares recovered all of the ground they had given up.
Tax expense was lower, and income was higher.
The partnership opens a promising market.
Its balance sheet is healthy.
Earnings exceeded all estimates.
Complaints dropped by half.
Order intake accelerated.
The network gained two million users.
The new plant is highly efficient.
Vacancies declined and rents improved.
Premiums grew while claims fell.
The court's approval removes a burden from the shares.
The shipping line celebrated its best year.
Deposits rose for the first time since spring.
The software maker delivered excellent results.
Overheads were reduced.
The dividend was increased for the tenth year.
Investors cheered as the stock climbed.
The company avoided bankruptcy and returned to growth.
Demand for the device is booming.
The lender said provisions fell.
The group won a landmark contract.
Its robots boost productivity.
Occupancy rose and margins widened.
Crude stocks aside, the refiner's profit gained.
Jobless claims fell.
The outlook improved markedly.
Backlogs grew to a record.
A stellar debut sent the shares higher.
The company is ahead of its targets.
Injuries fell after the new training.
The index advanced.
Leverage declined to a comfortable level.
Productivity increased.
The franchise is thriving.
Risks have diminished.
The company's efficiency gains exceeded the plan.
It was the strongest quarter on record.
The airline's fees fell and its traffic rose.
Return on equity improved.
The upbeat forecast lifted shares.
The oil discovery is a success for the group.
"""

NEGATIVE = """
The company missed estimates again.
Net profit fell 12 percent on weak demand.
Shares plunged after the recall.
Operating costs rose by a tenth.
The bank cut its dividend.
Losses widened in the second half.
Margins shrank as energy costs soared.
Analysts downgraded the stock to sell.
Unemployment climbed to its highest level in years.
The retailer issued a profit warning.
The firm filed for bankruptcy.
Inflation accelerated and costs spiked.
The airline is unprofitable and shedding cash.
Orders collapsed.
Revenue declined for the fourth quarter running.
Regulators rejected the merger.
The chief executive resigned amid a fraud investigation.
The insurer said claims increased.
Its pipeline is weak and growth is slowing.
The lawsuit is a threat to the whole business.
The stock crashed to a new low.
Exports slumped in March.
The start-up lost its largest contract.
Default rates rose across the portfolio.
Production fell and outages increased.
The chipmaker underperformed its peers.
The board suspended the dividend.
Guidance was cut for the full year.
Churn rose to a new high.
The turnaround is a failure.
Wages fell and hiring declined.
Worse margins hurt earnings.
The utility was fined for a breach of safety rules.
The fund lagged, and its losses grew.
Consumer confidence slipped.
Prosecutors accused the trader of fraud.
Subscribers dropped within a year.
The factory had a dismal quarter.
The company does not expect any profit.
There is no sign of recovery in the order book.
Volumes were poor and pricing was worse.
The group is worried about next year.
Interest expense increased after the refinancing.
The brand keeps losing market share.
The offering failed to find buyers.
Profit was not better than last year, a disappointment.
The trial failed, a setback and a loss for the company.
Delays grew as the strike went on.
Delinquencies increased in every region.
The economy is sluggish and exports shrink.
Sales dropped in every segment.
The rating agency downgraded the bonds.
Management is pessimistic about demand.
Same-store sales decreased.
The deal is a burden for both sides.
The company cannot service its debt and may default.
Free cash flow halved.
The miner's output sank.
Shares tumbled and gave up all of their gains.
Tax expense was higher, and income was lower.
The dispute threatens a large market.
Its balance sheet is troubled.
Earnings disappointed.
Complaints doubled.
Order cancellations hurt results.
The network shed two million users.
The plant was shut after an outage.
Vacancies increased and rents eroded.
Premiums shrank while claims rose.
The court's indictment is a scandal.
The shipping line reported its worst year.
Deposits fell for the first time since spring.
The software maker delivered poor results.
Overheads swelled.
The dividend was scrapped.
Investors panicked as the stock slid.
The company warned of a shortfall.
Demand for the device is dwindling.
The lender said provisions rose.
The group lost a lawsuit over patents.
The hack damaged its reputation.
Occupancy fell and margins narrowed.
A tariff hit the refiner.
Jobless claims jumped.
The outlook worsened, and uncertainty is mounting.
The company will restate its results after an investigation.
A bleak debut sent the shares lower.
The company is struggling to meet its targets.
Injuries rose after the training was cut.
The index retreated.
Leverage climbed to a dangerous level.
Productivity declined.
The franchise is in trouble.
Risks have escalated.
The company abandoned its plan after heavy losses.
It was the weakest quarter since the crisis.
The airline's fees rose and its traffic fell.
Return on equity fell.
The grim forecast pushed shares down.
The probe is a concern for shareholders.
"""

NEUTRAL = """
The company will publish its figures on Thursday.
The annual meeting takes place in Geneva.
The firm has 12,000 staff in nine countries.
The board consists of seven directors.
The bank is based in Frankfurt.
The fund tracks an index of small companies.
The new chief executive starts in May.
The conference call begins at nine.
The shares trade in London and New York.
The group makes paper and packaging.
The report covers the months from April to June.
The auditor is appointed for three years.
The company has two classes of shares.
The plant is in northern Sweden.
The bond matures in 2031.
The prospectus is available from the registrar.
The ticker will change on Monday.
The firm opened an office in Lisbon.
The figures are in millions of dollars.
The quarter has thirteen weeks.
The company employs engineers and chemists.
The chairman spoke for twenty minutes.
The index is computed once a minute.
The fiscal year ends in September.
The vote is planned for the afternoon.
The filing lists the largest holders.
The paper is printed in two languages.
The account is held at a broker.
The exchange is closed on Friday.
The committee meets four times a year.
The company was founded in 1911.
The mine lies in the Andes.
The tender ends at noon.
The ship carries containers.
The law takes effect in January.
The minister visited the port.
The store sells shoes.
The airline flies to forty cities.
The bank has branches in every state.
The software runs on phones.
The family owns a third of the company.
The statement was published on its website.
The head office moves to Denver.
The contract runs for five years.
The company named a new treasurer.
The pension scheme has its own trustees.
The merger needs the consent of both boards.
The drug is taken once a day.
The study has three hundred participants.
The fund charges half a percent.
The talks are held in private.
The building has forty floors.
The company rents its trucks.
The currency is the krone.
The notes are listed in Luxembourg.
The panel has nine members.
The survey was sent by mail.
The product comes in four colours.
The engine burns hydrogen.
The railway connects two ports.
The regulator publishes a list of firms.
The chain has stores in malls.
The company makes tyres for tractors.
The meeting was chaired by the vice president.
The town lies near the border.
The option expires in June.
The order book opens at eight.
The company reports in euros.
The trust holds forests.
The firm is a member of the association.
The data are published every month.
The speech is on the website.
The museum is next to the bank.
The vessel sails under the flag of Panama.
The company has its own laboratory.
The shop is open on Sundays.
The review takes six weeks.
The president signs the treaty on Tuesday.
The brewery was built by two brothers.
The line has four stations.
The coin is made of silver.
The book describes the history of banking.
The pilot began in two districts.
The farmer plants wheat and maize.
The vehicle seats five.
The company uses the calendar year.
The bridge was opened in 1932.
The test is done in the morning.
The office is on the second floor.
The team works from three cities.
The letter is addressed to the holders.
The plan has four chapters.
The store moved across the street.
The device weighs two pounds.
The register is kept in Dublin.
The manager has worked there since 2009.
The form has to be signed twice.
The event was streamed.
The agency has its seat in Vienna.
The sample contains ninety firms.
"""
