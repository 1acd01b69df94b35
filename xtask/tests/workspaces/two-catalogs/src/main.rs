use two_catalogs::{orders, stock};

static ORDERS: orders::Cell = orders::Cell::new(&orders::TABLE);
static STOCK: stock::Cell = stock::Cell::new(&stock::TABLE);

fn main() {
    // Both loaded at once: neither stands in the other's way.
    let (here, there) = (ORDERS.load(), STOCK.load());
    let sold = here.get(orders::Event::ItemSold);
    let shelved = there.get(stock::Event::ItemSold);
    println!("{:?}", sold.consumers().collect::<Vec<orders::Consumer>>());
    println!(
        "{:?}",
        shelved.consumers().collect::<Vec<stock::Consumer>>()
    );
    let batches = (
        orders::settings(&here).batch(),
        stock::settings(&there).batch(),
    );
    println!("{batches:?}");
}
