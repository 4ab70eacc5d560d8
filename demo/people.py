"""The people of the demo data.

No telephone rings at these numbers: behind a Belgian area code no number begins with 0. The streets are made up too.
"""

from demo.story import Person, Place

PEOPLE = (
    Person(
        "ada",
        "Ada Lambrecht",
        "+32 9 000 10 01",
        Place("Ghent", "9000", "Bezemstraat 1"),
        "-300 09:05",
        "I look after this site. If somebody did not turn up, or turned up and should not have, tell me.",
        is_staff=True,
    ),
    Person(
        "sofie",
        "Sofie Maes",
        "+32 9 000 10 02",
        Place("Ghent", "9000", "Bezemstraat 3"),
        "-250 10:30",
        "I answer your mails. Tell me when somebody is rude here, or when something on the site stands in your way.",
        is_support=True,
    ),
    Person(
        "olivia",
        "Olivia Janssens",
        "+32 9 000 10 18",
        Place("Ghent", "9000", "Dweilstraat 18"),
        "-210 20:14",
        "Second-floor flat, two children, one cat who is afraid of everything with a motor.\n\n"
        "I work from home on Mondays and Fridays and make decent coffee.",
    ),
    Person(
        "carl",
        "Carl De Smet",
        "+32 9 000 10 27",
        Place("Ghent", "9000", "Emmerlaan 7"),
        "-180 18:40",
        "Eleven years in a hotel, the last four as head of the floor. Now I work for myself, mostly mornings.\n\n"
        "Kitchens and bathrooms are what I do best. I bring my own cloths and leave the windows dry.",
    ),
    Person(
        "cora",
        "Cora Willems",
        "+32 53 00 01 32",
        Place("Aalst", "9300", "Sponspad 44"),
        "-165 07:50",
        "I come by train, so Ghent, Aalst and Bruges are all the same to me. Allergic to bleach; soda, vinegar and "
        "patience do the job as well. Free from Tuesday to Saturday.",
    ),
    Person(
        "bram",
        "Bram Peeters",
        "+32 3 000 10 45",
        Place("Antwerp", "2018", "Stofdoekstraat 63"),
        "-140 21:30",
        "Carpenter by day, so there is always sawdust somewhere. I clean for others at weekends, and need help with my "
        "own place more often than I would admit.",
    ),
    Person(
        "noor",
        "Noor Haddad",
        "+32 2 000 10 52",
        Place("Brussels", "1050", "Rue du Plumeau 29"),
        "-130 12:10",
        "I let two small flats and live in the third. Dutch, French, English, Arabic.",
    ),
    Person(
        "lotte_c",
        "Lotte Claes",
        "+32 16 00 01 61",
        Place("Leuven", "3000", "Zeepsopgang 12"),
        "-120 23:05",
        "Third year of law, living with four others. I clean on Wednesday afternoons and weekends to pay for the rest.",
    ),
    Person(
        "wout",
        "Wout Mertens",
        "+32 50 00 01 70",
        Place("Bruges", "8000", "Stoffergang 5"),
        "-118 08:25",
        "A shop on the ground floor, a holiday let above it, and me above that. Everything has to be clean by eleven.",
    ),
    Person(
        "yasmina",
        "Yasmina El Idrissi",
        "+32 15 00 01 88",
        Place("Mechelen", "2800", "Schrobbersplein 16"),
        "-110 19:45",
        "Certified household help, ten years with families in Mechelen and Brussels. References on demand. I iron too.",
    ),
    Person(
        "jules",
        "Jules Dubois",
        "+32 2 000 10 93",
        Place("Brussels", "1030", "Rue de la Serpillière 80"),
        "-104 17:20",
        "I manage a house of eight flats for my aunt, and I do not mind taking the mop myself.",
    ),
    Person(
        "mira",
        "Mira Novak",
        "+32 16 00 02 04",
        Place("Leuven", "3010", "Raagbollaan 31"),
        "-99 10:35",
        "Night nurse. I clean when others are at work, and look for help in the weeks when I am the one at work.",
    ),
    Person(
        "tomas",
        "Tomás Ribeiro",
        "+32 2 000 11 15",
        Place("Brussels", "1060", "Rue du Seau 11"),
        "-95 15:00",
        "Window cleaner for six years, still not afraid of heights. Houses as well, top floor first.",
    ),
    Person(
        "elif",
        "Elif Kaya",
        "+32 9 000 11 26",
        Place("Ghent", "9050", "Vensterleerstraat 52"),
        "-88 09:30",
        "Thorough, a bit slow, and I tell you so before we start. Pets are welcome.",
    ),
    Person(
        "pieter_87",
        "",
        "+32 3 000 11 37",
        Place("Antwerp", "2600", "Vaatdoekstraat 9"),
        "-82 22:15",
        "",
    ),
    Person(
        "amina",
        "Amina Bah",
        "+32 3 000 11 48",
        Place("Antwerp", "2060", "Borstelstraat 101"),
        "-77 13:40",
        "I did offices for years and like homes better: one can see whom it is for. Mornings until half past two.",
    ),
    Person(
        "kofi",
        "Kofi Mensah",
        "+32 11 00 01 59",
        Place("Hasselt", "3500", "Trekkerstraat 22"),
        "-75 11:11",
        "Dad of twins. I have seen every kind of stain there is, and removed most of them.",
    ),
)
