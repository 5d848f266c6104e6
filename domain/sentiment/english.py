"""List short English words: in capitals they are shouting, abbreviations or headlines, no ticker.

The list is our own choice of words of two to six letters, and of what finance abbreviates.
"""

_WORDS = """
    able about above act add adr after again age ago aid aim air all allow alone along also alt
    am among an and angel anger ant any api app apple apply april arch are area argue arm army
    art as ask at ate ath atm auto away back bad bag bald ball band bank bar base bath be beach
    bear beat bed been beer began begin being bell below belt best bet beta big bill bird bit
    black blade blank block blood blow blue board boat body bold bolt bond book boom boost boot
    both bound bow bowl box boy brain brand brass bread break brick brief bring broad brown
    build built bulk bull bus bush busy but buy by cab cake call calm came camp can cap car card
    care cart case cash cast cat catch cause cell cent ceo cfo chain chair charm chart cheap
    check chief child chip city civil claim class clean clear click climb clock close cloud club
    coal coast coat code coin cold come comet coo cook cool cop copy core corn cost could count
    court cover cpi crane crash cream crew crime crop cross crowd crude cto cube cup cure cut
    cycle daily dale dance dare dark dash data date dawn day days dead deal dear debt deck deep
    delta den dept desk dial did die diet dig dim dip dirt do does dog doj dollar done door dot
    double down draft drag draw dream dress drift drill drink drip drive drop drug dry due dug
    dull dust duty each ear early earn earth ease east easy eat ebit edge edit eight elect elf
    end enemy energy enjoy enter entry eps equal error esg etf eur even event ever every exact
    exit extra eye face fact fade fail fair faith fall fame fan faq far farm fast fat fate fda
    fear fed feed feel feet fell felt few field fifth fight file fill film final find fine fire
    firm first fish fit five fix flag flash flat fleet flex flow fly focus fomc fomo food fool
    foot for force form fort forty four fox frame free fresh from front fruit ftc fuel full fun
    fund gain game gap gas gate gave gbp gdp gear gem get giant gift girl give glad glass globe
    go goal goes gold gone good got grab grade grain grand grant grass grave gray great green
    grew grid group grow guard guess guide gun guy had hair half hall ham hand hang happy hard
    has hat have he head hear heart heat heavy held hell help hen her here hero hey hid high
    hike hill him hint hip his hit hold hole home hope horse host hot hotel hour house how hub
    huge human hunt hurt ice icon idea if ill imf in inc inch index inner input into ipo iron
    irs is isle it item its jack jam jar jaw jet job join joint joke joy jpy judge juice july
    jump june jury just keen keep kept key kick kid kids kill kind king knee knew know lab labor
    lack lady lake lamp land lane large last late later laugh law lay layer lazy lead leaf lean
    learn lease least leave led left leg legal lens less let level lid lie life lift light like
    limit line link lion lip list lit live llc load loan lock log logic long look loop lord lose
    loss lost lot lots loud love low ltd luck lunch made magic mail main major make male man
    many map march mark mask mass mast match mate math may maybe meal mean meat media meet men
    menu mere met metal mid might mild mile milk mill mind mine mint minus miss mix mob model
    moon more most motor mouse mouth move movie much mud music must nail name navy near neck
    need net never new news next nice night nine no nod noise none nor north nose not note now
    nut nyse ocean odd of off offer often oil okay old on once one only opec open or order other
    ought our out over owe own pace pack page paid pain paint pair pan panel paper par park part
    party pass past path pause pay pdf peace peak pen per pet phase phone photo pick pie piece
    pig pile pilot pin pink pit pitch place plain plan plane plant plate play plaza plc plus pmi
    pod poem point pole poll pool poor pop port post pot pound power ppi press price pride prime
    print prior prize pro proof proud pull pump punch pure push put qoq queen quick quiet quit
    quite race radio rail rain raise ran range rank rapid rare rate ratio raw ray reach read
    ready real rear red refer reit relax rely rent rest rice rich ride right ring rise risk
    river road rob robot rock rod roe roi role roll roof room root rope rose rough round route
    row royal rule run rural rush sad safe said sail salad sale salt same sand sat save saw say
    scale scene score sea seal seat sec seed seek seem seen self sell send sense sent serve set
    seven sew shade shake shall shape share sharp she sheet shelf shell shift shine ship shock
    shoe shoot shop shore short shot show shut sick side sight sign silk sin since sing sir sit
    site six size skill skin sky sleep slow small smart smile smoke snap snow so soap sofa soft
    soil sold sole solid solve some son song soon sort soul sound soup south space spark speak
    speed spend spin spirit split spot spread spy squad stack staff stage stair stake stand star
    start state stay steal steam steel step stick still stock stone stood stop store storm story
    strip stuck study stuff style such sugar suit sum sun sure swap sweet swim swing table tag
    tail take tale talk tall tank tap tape task taste tax tba tbd tea teach team tear tech teeth
    tell ten tend tent term test text than thank that the their them then there these they thick
    thin thing think third this those three throw thus tie tight tile till time tiny tip tire to
    today toe told ton tone too took tool top total touch tough tour tow tower town toy track
    trade trail train trap tray treat tree trend trial tribe trick trip truck true trust truth
    try tube tune turn twice twin two type under union unit until up upon upper upset urban us
    usa usd use used user usual value van vast very via video view visit vital voice vote wage
    wait wake walk wall want war warm wash waste watch water wave way we weak wear week well
    went were west wet whale what wheel when where which while white who whole whom whose why
    wide wife wild will win wind wine wing wire wise wish with woman wood word wore work world
    worry worse worst worth would wow write wrong yard yeah year yes yet yolo you young your
    youth yoy zero zone
"""
ENGLISH = frozenset(_WORDS.split())
