from demo.story import Place, Story, ask, dust_up, full_clean, offer, reject, reply, rescind, spot_clean

STORIES = (
    Story(
        "wout",
        "Holiday flat between two guests",
        "Guests leave at ten, the next ones come at three. Two beds, one bathroom, a small kitchen. Linen is there, a "
        "washing machine too.",
        full_clean("22.00", "3"),
        posted="-2 09:40",
        starts="+4 11:00",
    ),
    Story(
        "lotte_c",
        "Kitchen after a housewarming",
        "It was a good party. Sticky floor, something red on the ceiling, forty glasses that are not ours.",
        spot_clean("17.00", "2.5", area="kitchen"),
        posted="-1 10:20",
        starts="+1 14:00",
    ),
    Story(
        "kofi",
        "Two bedrooms and a landing",
        "Only dust and a great many small bricks to pick up first. The twins are at school then.",
        dust_up("16.00", "2", area="bedroom"),
        posted="-5 20:05",
        starts="+9 10:00",
    ),
    Story(
        "jules",
        "Stairwell of four floors",
        "Sweep, mop, and wipe the banister. There is a tap in the cellar. Once now, and every fortnight if we get "
        "along.",
        spot_clean("19.50", "1.5", area="stairs"),
        posted="-8 07:55",
        starts="+16 08:30",
    ),
    Story(
        "noor",
        "Top to bottom before the photographs are taken",
        "The flat is empty and goes on the market. Cupboards inside and out, skirting boards, the windows to the "
        "street.\n\nThe photographer comes the next morning, so it does have to be finished that day.",
        full_clean("24.00", "6"),
        posted="-1 21:10",
        starts="+6 09:00",
        place=Place("Brussels", "1000", "Rue de l'Éponge 14"),
    ),
    Story(
        "olivia",
        "Attic that nobody has entered for a year",
        "Dust, cobwebs, and probably a wasps' nest that is empty by now. I hold the ladder.",
        dust_up("18.00", "4"),
        posted="-3 19:30",
    ),
    Story(
        "pieter_87",
        "One hour, ground floor only",
        "",
        dust_up("16.50", "1"),
        posted="-12 22:05",
        steps=(
            ask("-11 19:30", "tomas", "Anybody can see that you are too lazy to sweep one floor. Who pays for that?"),
            reply("-11 21:15", "tomas", "Whoever wants it clean. Ask me about the floor, please."),
        ),
    ),
    Story(
        "mira",
        "Fridge, freezer and one forgotten cupboard",
        "The freezer has to be thawed first, I will switch it off the evening before.",
        spot_clean("18.00", "2", area="kitchen"),
        posted="-1 18:45",
        starts="+3 17:30",
    ),
    Story(
        "elif",
        "Balcony doors and their rails",
        "Six panes and a lot of pigeons. Fourth floor, there is a lift.",
        spot_clean("18.50", "1.5", area="outside"),
        posted="-7 13:15",
        starts="+10 13:00",
        steps=(
            offer("-6 09:25", "tomas", "21.00", "I have a belt and the long squeegee, half an hour a door."),
            rescind("-4 18:10", "tomas"),
        ),
    ),
    # The start has passed
    Story(
        "bram",
        "Garage, shelf by shelf",
        "Everything off the shelves, wipe, everything back. I tell you what is rubbish.",
        dust_up("17.50", "3"),
        posted="-15 12:00",
        starts="-4 10:00",
    ),
    Story(
        "lotte_c",
        "Shared bathroom, five students",
        "Limescale up to the ceiling. We bought the products, nobody dares to use them.",
        spot_clean("16.50", "2", area="bathroom"),
        posted="-9 23:10",
        starts="-2 16:00",
        steps=(
            offer("-8 12:30", "mira", "17.50", "I have seen worse at work. Gloves and a mask are mine."),
            offer("-6 20:40", "tomas", "18.00", "After a window round in Leuven that day, so no travel to pay."),
        ),
    ),
    Story(
        "wout",
        "Shop floor before opening time",
        "Eighty square metres of tiles and the shop window inside. Done by half past nine, please.",
        full_clean("20.00", "2", area="office"),
        posted="-14 18:00",
        starts="-6 07:30",
        steps=(
            offer("-13 08:15", "cora", "21.50", "The first train gets me there at ten past seven."),
            offer("-12 19:00", "carl", "26.00", "Early mornings cost a little more with me."),
            reject("-11 18:20", "carl"),
        ),
    ),
)
