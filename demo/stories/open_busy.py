"""Open cleanings whose owners have offers to choose from."""

from demo.story import Place, Story, full_clean, offer, reject, rescind, revise, spot_clean

STORIES = (
    Story(
        "olivia",
        "Oven and hob before my in-laws come",
        "They arrive at six and my mother-in-law opens the oven first. Baked-on cheese from many a lasagne. I "
        "have a scraper and soda, bring whatever you trust more.",
        spot_clean("18.00", "2"),
        posted="-6 18:20",
        starts="+5 14:00",
        steps=(
            offer("-6 20:02", "carl", "19.50", "I live round the corner and have my own hoover. Ovens are my thing."),
            offer("-5 08:10", "cora", "18.00", "Soda, vinegar and an hour of soaking. I bring both."),
            offer("-5 12:45", "elif", "17.00", "I would take the racks home the day before, if that is all right."),
            revise("-3 19:15", "carl", "18.50", "A bit less, as I am in your street anyway that afternoon."),
            offer("-2 07:35", "yasmina", "22.00", "I can do the extractor hood at the same price."),
        ),
    ),
    Story(
        "bram",
        "Sawdust. Sawdust everywhere",
        "I built a staircase indoors, which I would not do again. Ceiling to floor in three rooms, the vacuum cleaner "
        "for fine dust is mine.",
        full_clean("20.00", "5"),
        posted="-10 21:40",
        starts="+8 09:00",
        steps=(
            offer("-9 08:05", "amina", "20.00", "Fine dust needs two rounds, a day apart if you can. I plan for that."),
            offer("-9 19:20", "yasmina", "21.50", "Did the same for my brother last year."),
            offer("-8 10:00", "pieter_87", "18.00"),
            offer("-7 22:15", "cora", "20.50", "From Aalst it is an hour, the fare is in the price."),
            offer("-5 17:30", "noor", "23.00", "Two of us, so it is done by noon. The rate is for both."),
            offer("-2 13:00", "kofi", "19.00", "I am in Antwerp that day and glad of the work."),
        ),
    ),
    Story(
        "kofi",
        "Carpets after two birthdays",
        "Cake, chalk, grass. One living room and the stairs. Any day next week or the week after.",
        spot_clean("19.00", "3"),
        posted="-4 20:50",
        steps=(
            offer("-3 09:12", "lotte_c", "18.00", "Wednesday afternoon? I can rent the machine here and bring it."),
            offer("-3 20:30", "mira", "20.00", "Free in the mornings after my nights, so from ten."),
            offer("-1 12:05", "yasmina", "21.00", "I have the machine myself."),
        ),
    ),
    Story(
        "mira",
        "Whole flat while I am on nights",
        "Quietly, please: I sleep until two. Keys are with the neighbour, so come any time after that.",
        full_clean("19.00", "3.5"),
        posted="-11 09:15",
        starts="+7 14:30",
        steps=(
            offer("-10 18:22", "jules", "25.00", "I could come from Brussels with my own equipment."),
            reject("-9 15:05", "jules"),
            offer("-8 21:48", "lotte_c", "18.50", "Slippers on, radio off. I live ten minutes away."),
        ),
    ),
    Story(
        "jules",
        "Cellar after the water came",
        "Knee-high in spring, dry by now. Mud on the floor and a line on the walls. Boots are advisable.",
        full_clean("23.00", "6"),
        posted="-13 16:30",
        steps=(offer("-12 07:58", "tomas", "23.00"),),
    ),
    Story(
        "amina",
        "My own windows, for once",
        "I clean everybody's but mine. Nine of them, two of which only open halfway.",
        spot_clean("17.00", "2"),
        posted="-9 14:50",
        starts="+11 15:00",
        steps=(
            offer("-8 17:00", "tomas", "20.00", "Nine is an hour and a half. Half open is fine."),
            rescind("-6 08:40", "tomas"),
            offer("-5 21:05", "bram", "17.00", "And I could look at why those two stick."),
            offer("-3 11:30", "tomas", "19.00", "My other job moved, so I am free again. And cheaper, for the wait."),
        ),
    ),
    Story(
        "elif",
        "Grease behind the kitchen",
        "The cooker comes forward, I checked. What is behind it I would rather not know.",
        spot_clean("18.00", "2.5"),
        posted="-5 11:20",
        steps=(
            offer("-4 19:55", "carl", "20.00", "Hotel kitchens for eleven years. I would rather know."),
            offer("-2 09:00", "cora", "18.50", "Next Thursday or Friday suits me, at whatever hour you like."),
        ),
    ),
    Story(
        "yasmina",
        "Spring clean, a little late",
        "Never mind which spring. Three rooms, curtains down, curtains washed, curtains up.",
        full_clean("19.50", "7"),
        posted="-6 19:10",
        starts="+20 09:30",
        steps=(
            offer("-5 07:45", "amina", "19.50", "With pleasure, and then you come to mine?"),
            offer("-1 17:25", "bram", "21.00", "I can reach your curtain rails without a ladder."),
        ),
    ),
    Story(
        "tomas",
        "Somebody for the inside, I do the outside",
        "My parents' house. I take the windows and the gutters, you take the rooms. Lunch is on my mother, and it is a "
        "proper one.",
        full_clean("21.00", "5"),
        posted="-3 15:40",
        starts="+27 10:00",
        steps=(
            offer("-2 18:30", "noor", "21.00", "What does your mother cook?"),
            offer("-1 08:20", "jules", "22.50", "Happy to, and I bring the floor machine from our house."),
        ),
        place=Place("Brussels", "1070", "Avenue du Balai 6"),
    ),
    Story(
        "pieter_87",
        "End of lease, inspection the day after",
        "One bedroom, kitchen, bathroom. The landlord is the kind who brings a torch.",
        full_clean("20.00", "5"),
        posted="-7 22:40",
        starts="+13 09:00",
        steps=(offer("-6 13:10", "amina", "24.00", "With a torch it is six hours, not five. I know that kind."),),
    ),
)
